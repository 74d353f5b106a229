"""Which pictures a product may show."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from src.services.catalogue.product_inputs import SkuInput
from src.services.media.own_pictures import require_own
from src.utils.picture_addresses import pictures_in


def refuse_foreign_pictures(
    store_id: ObjectId, *, images: Sequence[str], description: str, skus: Sequence[SkuInput]
) -> None:
    """Raises BadRequest: one of the pictures that are given is another store's."""
    of_skus = [sku.image for sku in skus if "image" not in sku.unsaid]
    require_own(store_id, images=images, description=pictures_in(description), skus=of_skus)
