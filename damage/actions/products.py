"""A product is one delivery of observations: a satellite map of some dates, a survey."""

from django.db import transaction

from damage.models import DamageProduct
from municipal_units.models import ImportSource, Municipality
from municipal_units.permissions import Actor, Permission, require


@transaction.atomic
def product_named(
    *,
    by: Actor,
    municipality: Municipality,
    source_name: str,
    name: str,
    method: str,
    source: ImportSource | None = None,
) -> DamageProduct:
    """The product of this name from this sender, made if it is not there yet."""
    require(by, Permission.ASSESS_DAMAGE, municipality.pk)
    product, _ = DamageProduct.objects.get_or_create(
        municipality=municipality,
        source_name=source_name,
        name=name,
        defaults={"method": method, "source": source},
    )
    return product
