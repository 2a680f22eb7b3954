"""The role matrix as the field wrote it, kept word for word and apart from the code that is compared with it."""

ROLE_MATRIX = """
| object | coordinator | unit_lead | service_rep | enumerator | community_rep | partner | public |
|---|---|---|---|---|---|---|---|
| Neighbourhood profile, boundary | V E A | V E A | V | V | V | V | V |
| Population aggregate (published) | V A | V A | V | V | V | V | V (suppressed) |
| Population raw round | V E A D | V E A | V | C E | V own area | V | - |
| Household registration | V C E D merge (audited), purpose asked | V counts | - | C E own 24 h | - | - | - |
| Specific-need flags | V (audited) | counts | counts | C | - | - | - |
| Damage assessment | V E A D | V E A | V C E own assets | C E own | V C report | V | V aggregate |
| Facility + status | V E A | V E A | C E own domain | C | V C report | V | V |
| Interdependency + norms | V E A | V propose | V propose | - | - | V | V |
| Intervention / plan | V E A | V C E A | V C E own | V | V comment, **vote** | V C proposal | V approved |
| Prioritisation result | V run | V run A | V | - | V | V | V published |
| Meeting, decision | V | C E A | V | - | V | V minutes if allowed | V decision |
| Tension record | V E | V E A | - | - | C V own area masked | - | - |
| Eviction record | V E A | V E | - | C | C (own case) | V aggregated | V aggregated |
| Hazard / UXO | V E A | V E A | V | C | C report | V | V buffered |
| Live update | V C A | V C A | C own domain | C draft | C draft | C draft | V published |
| Library, discussion | V C A D | V C A | V C | V | V C | V C | V public items |
| Export | all + audit | own municipality | own domain | - | published only | per ISP | open CSV/GeoJSON |
| Users, audit log | V E | V own unit | - | - | - | - | - |
"""
IN_WORDS = {"counts", "all + audit", "own municipality", "own domain", "published only", "per ISP", "open CSV/GeoJSON"}


def cells() -> dict[tuple[str, str], set[str]]:
    """The letters of each cell by object and role; a cell in words alone is a limited view."""
    head, _rule, *lines = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in ROLE_MATRIX.strip().splitlines()
    )
    return {
        (line[0], role): {"V"} if cell in IN_WORDS else set(cell.split()) & set("VCEAD")
        for line in lines
        for role, cell in zip(head[1:], line[1:], strict=True)
    }
