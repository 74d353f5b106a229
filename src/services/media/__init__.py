"""Pictures: checked, cleaned, kept and swept away."""
