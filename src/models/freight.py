"""What a store takes for sending an order."""

from __future__ import annotations

from mongoengine import EmbeddedDocument, EmbeddedDocumentListField, IntField, ListField, StringField

from src.utils.provinces import province_of


class FreightRegion(EmbeddedDocument):
    """Provinces with a fee of their own in fen; without one the store does not deliver there."""

    provinces = ListField(StringField())
    fee = IntField(min_value=0)


class Freight(EmbeddedDocument):
    """`fee` in fen, nothing for goods of at least `free_from` fen; `regions` are delivered for their own fee or not."""

    fee = IntField(required=True, default=0, min_value=0)
    free_from = IntField(min_value=0)
    regions = EmbeddedDocumentListField(FreightRegion)

    def fee_to(self, province: str) -> int | None:
        """Returns the fee in fen before `free_from` is looked at; None if the store does not deliver there.

        Where provinces differ, one that nobody knows is not delivered to: it may be a region's under another spelling.
        """
        wanted = province_of(province)
        if wanted is None and self.regions:
            return None
        for region in self.regions:
            if wanted in map(province_of, region.provinces):
                own: int | None = region.fee
                return own
        fee: int = self.fee
        return fee
