"""What products show must follow from their SKUs and their stock."""

from __future__ import annotations

from collections.abc import Iterator

from src.services.audit.dossiers import Dossier


def products_and_stock_have_the_same_skus(dossier: Dossier) -> Iterator[str]:
    shown = {sku["id"] for sku in dossier.of["skus"]}
    counted = {item["_id"] for item in dossier.parts["stock"]}
    if shown != counted:
        yield f"{dossier} and its stock do not agree on the skus {sorted(shown ^ counted)}"


def products_show_what_is_sold_out(dossier: Dossier) -> Iterator[str]:
    product = dossier.of
    sold_out = {item["_id"] for item in dossier.parts["stock"] if item["available"] == 0}
    skus = {sku["id"] for sku in product["skus"]}
    on_offer = {sku["id"] for sku in product["skus"] if not sku["retired"]}
    if set(product["sold_out_skus"]) != skus & sold_out:
        yield f"{dossier} shows {product['sold_out_skus']} as sold out"
    if product["in_stock"] != bool(on_offer - sold_out):
        yield f"{dossier} has in_stock {product['in_stock']}"


def products_count_their_sales(dossier: Dossier) -> Iterator[str]:
    sold = sum(item["sold"] for item in dossier.parts["stock"])
    if dossier.of["sales"] != sold:
        yield f"{dossier} shows {dossier.of['sales']} sales of {sold}"


def products_show_their_lowest_price(dossier: Dossier) -> Iterator[str]:
    prices = [sku["price"] for sku in dossier.of["skus"] if not sku["retired"]]
    if dossier.of["price"] != min(prices):
        yield f"{dossier} shows the price {dossier.of['price']} of {prices}"
