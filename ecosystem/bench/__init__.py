"""Measurements behind decisions; each prints ratios, because the rates of one machine mean little on another."""
