"""Every read of the API with the queries that differ in what they make the database do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bson import ObjectId

from ecosystem.bench.examples import Examples

Values = dict[str, Any]
Queries = list[Values]

_DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Read:
    """One call: a rule of the URL map, what its path takes, and its query."""

    rule: str
    path: str
    query: Values = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path} {self.query}" if self.query else self.path


def all_reads(store_id: ObjectId, user_id: ObjectId) -> Iterator[Read]:
    """Yield the reads of a store and of one of its shoppers; what the store has no example of is left out."""
    examples = Examples(store_id, user_id)
    for rule, queries in _queries(examples).items():
        path = examples.path(rule)
        if path is not None:
            yield from (Read(rule, path, query) for query in queries)


def known_rules() -> set[str]:
    """Return the rules that `all_reads` has queries for."""
    return set(_queries(Examples(ObjectId(), ObjectId())))


def _queries(examples: Examples) -> dict[str, Queries]:
    return {
        **_of_products(examples),
        **_of_shoppers(examples),
        **_of_orders_and_stock(examples),
        **_of_money_and_figures(examples),
        **_of_duties(examples),
        **_of_people(examples),
    }


def _of_products(examples: Examples) -> dict[str, Queries]:
    lists = _product_lists(examples)
    statuses: Queries = [{"status": "off_sale"}, {"status": "draft", "keyword": "乌龙"}]
    return {
        "/api/products": lists,
        "/api/merchant/products": [*lists, *statuses],
        "/api/products/facets": [{}, {"keyword": "乌龙"}, {"keyword": "wulong"}, {"category": examples.category_id}],
        "/api/products/<id:product_id>": [{}],
        "/api/merchant/products/<id:product_id>": [{}],
        "/api/products/<id:product_id>/code": [{}],
        "/api/search/suggest": [{"q": "乌"}, {"q": "乌龙"}, {"q": "wul"}, {"q": "wlc"}],
        "/api/search/hot": [{}],
        "/api/search/history": [{}],
        **{path: [{}] for path in ("/api/categories", "/api/brands")},
        **{path: [{}] for path in ("/api/merchant/categories", "/api/merchant/brands")},
    }


def _product_lists(examples: Examples) -> Queries:
    prices = {"minPrice": 500, "maxPrice": 580}
    return [
        {},
        *examples.deep_pages("products"),
        *({"sort": sort} for sort in ("sales", "price", "-price")),
        {"inStock": "true"},
        {"inStock": "true", "sort": "sales"},
        prices,
        {**prices, "sort": "price"},
        {**prices, "inStock": "true", "sort": "sales"},
        {"category": examples.category_id},
        {"category": examples.category_id, "sort": "price", "inStock": "true"},
        {"category": examples.category},
        {"brand": examples.brand_id},
        {"brand": examples.brand_id, "sort": "sales"},
        {"tag": examples.tag},
        {"tag": examples.tag, **prices},
        {"spec": examples.spec},
        *_searches(examples),
    ]


def _searches(examples: Examples) -> Queries:
    words = ("茶", "乌龙", "高山乌龙茶", "wulong", "wl", "没有这种东西", examples.product_name)
    return [
        *({"keyword": word} for word in words),
        {"keyword": "乌龙", "page": 20},
        *({"keyword": "乌龙", "sort": sort} for sort in ("newest", "sales", "price")),
        {"keyword": "茶", "category": examples.category_id},
        {"keyword": "乌龙", "inStock": "true", "minPrice": 500, "maxPrice": 100_000},
    ]


def _of_shoppers(examples: Examples) -> dict[str, Queries]:
    lists: Queries = [{}, {"status": "completed"}, {"page": 4}]
    return {
        "/api/orders": lists,
        "/api/orders/<id:order_id>": [{}],
        "/api/orders/<id:order_id>/refunds": [{}],
        "/api/refunds/<id:refund_id>": [{}],
        "/api/auth/user": [{}],
        "/api/subscriptions/templates": [{}],
    }


def _of_orders_and_stock(examples: Examples) -> dict[str, Queries]:
    return {
        "/api/merchant/orders": _order_lists(examples),
        "/api/merchant/orders/print": [{"ids": ",".join(examples.paid_order_ids)}] if examples.paid_order_ids else [],
        "/api/merchant/orders/<id:order_id>": [{}],
        "/api/merchant/stock": [
            {},
            *examples.deep_pages("stock_items"),
            {"low": "true"},
            *({**page, "low": "true"} for page in examples.deep_pages("stock_items")),
            {"keyword": "乌龙"},
            {"low": "true", "keyword": "乌龙"},
            {"productId": examples.product_id},
        ],
        "/api/merchant/stock-movements": [
            {},
            *examples.deep_pages("stock_moves"),
            {"kind": "sell"},
            {"kind": "write_off"},
            {"skuId": examples.sku_id},
            *_periods(examples),
            {"kind": "sell", **_periods(examples)[0]},
        ],
        "/api/merchant/skus/<id:sku_id>/movements": [{}],
    }


def _order_lists(examples: Examples) -> Queries:
    receiver, phone, amount = examples.receiver, examples.phone, examples.amount
    one_key: Queries = [
        {"phone": phone},
        {"phone": phone[-4:]},
        {"receiver": receiver},
        {"receiver": receiver[:1], "page": 4},
        {"productName": "乌龙"},
        {"amount": amount},
    ]
    return [
        {},
        *examples.deep_pages("orders"),
        {"status": "paid"},
        {"status": "completed", "page": 4},
        *one_key,
        {"productName": "乌龙", "status": "completed"},
        {"receiver": receiver, "amount": amount},
        {"receiver": receiver, "productName": "乌龙"},
        {"phone": phone[-4:], "receiver": receiver},
        {"orderNo": examples.order_no[:20]},
        {"orderNo": examples.order_no[:8], "status": "paid"},
        {"orderNo": examples.order_no[:8], "receiver": receiver},
        *_periods(examples),
        {**_periods(examples)[0], "status": "cancelled"},
        {**_periods(examples)[0], "receiver": receiver},
    ]


def _periods(examples: Examples) -> Queries:
    """Return a month until the newest order, and one that is long over."""
    ends = (examples.now, examples.now - 6 * _DAYS)
    return [{"from": (end - _DAYS).isoformat(), "to": end.isoformat()} for end in ends]


def _of_money_and_figures(examples: Examples) -> dict[str, Queries]:
    first, last = ((examples.now - _DAYS * months).date().isoformat() for months in (3, 0))
    ranking: Queries = [{}, {"by": "quantity", "from": first, "to": last}]
    figures = "/api/merchant/statistics"
    return {
        "/api/merchant/refunds": [
            {},
            *examples.deep_pages("refunds"),
            {"status": "succeeded"},
            {"status": "requested"},
        ],
        "/api/merchant/refunds/<id:refund_id>": [{}],
        "/api/merchant/payments": [
            {},
            *examples.deep_pages("payments"),
            {"status": "succeeded"},
            {"held": "true"},
        ],
        "/api/merchant/reconciliations": [{}, {"page": 4}],
        "/api/merchant/reconciliations/<id:reconciliation_id>": [{}],
        f"{figures}/overview": [{}],
        f"{figures}/series": [{"metric": "gmv"}, {"metric": "payingUsers", "by": "hour"}],
        f"{figures}/top-products": ranking,
        f"{figures}/top-categories": ranking,
        f"{figures}/stock-alerts": [{}],
        f"{figures}/status-counts": [{}],
    }


def _of_duties(examples: Examples) -> dict[str, Queries]:
    return {
        "/api/merchant/webhooks": [{}],
        "/api/merchant/webhooks/<id:webhook_id>": [{}],
        "/api/merchant/webhooks/<id:webhook_id>/deliveries": [{}, {"state": "failed"}],
        "/api/merchant/webhooks/deliveries/<id:delivery_id>": [{}],
        "/api/merchant/delivery-companies": [{}],
        "/api/merchant/text-reviews": [{}, {"status": "pending", "page": 4}],
        "/api/jobs": [{}, {"state": "failed"}, {"kind": examples.kind, "page": 4}, {"kind": examples.kind}],
        "/api/jobs/<id:job_id>": [{}],
        "/api/queues/stats": [{}],
        "/api/uploads/<id:file_id>": [{}],
        "/api/merchant/imports/templates/products": [{}],
        "/api/merchant/imports/templates/stock": [{}],
        "/api/merchant/imports": [{}, {"page": 4}],
        "/api/merchant/imports/<id:import_id>": [{}],
        "/api/merchant/imports/<id:import_id>/errors": [{}, {"page": 4}],
        "/api/merchant/imports/<id:import_id>/errors/file": [{}],
        "/api/merchant/exports/<id:export_id>": [{}],
        "/api/merchant/exports/<id:export_id>/file": [{}],
    }


def _of_people(examples: Examples) -> dict[str, Queries]:
    entries: Queries = [{}, {"page": 4}, {"actor": f"staff:{examples.staff_id}"}, {"action": "product.create"}]
    return {
        "/api/staff/me": [{}],
        "/api/staff/sessions": [{}],
        "/api/merchant/staff": [{}, {"page": 4}],
        "/api/merchant/staff/<id:staff_id>": [{}],
        "/api/merchant/staff/<id:staff_id>/sessions": [{}],
        "/api/merchant/staff/invitations": [{}, {"page": 4}],
        "/api/merchant/api-keys": [{}],
        "/api/merchant/audit-log": [*entries, {"subjectId": examples.product_id}, *_periods(examples)],
        "/api/merchant/audit-log/export": [{"subjectId": examples.product_id}],
        "/api/tenants": [{}, {"page": 4}, {"keyword": "a", "status": "active"}],
        "/api/tenants/<id:tenant_id>": [{}],
        "/api/tenants/<id:tenant_id>/usage": [{}],
        "/api/tenants/<id:tenant_id>/audit-log": [*entries, *_periods(examples)],
    }
