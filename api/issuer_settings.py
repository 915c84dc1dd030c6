"""Settings of an outside issuer of logins (OpenID Connect): whose tokens are accepted, and what their claims mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracker.access.roles import Role

NAMES = {
    "TAGPILOT_OIDC_ISSUER": "the issuer of logins by OpenID Connect, as its tokens name it; none if not set",
    "TAGPILOT_OIDC_AUDIENCE": "the audience that the issuer's tokens must name",
    "TAGPILOT_OIDC_ROLES": "which role each value of the role claim means, with commas: gps-analysts=analyst",
    "TAGPILOT_OIDC_ROLE_CLAIM": "the claim that has the roles; roles if not set",
    "TAGPILOT_OIDC_NAME_CLAIM": "the claim that has the user's name; preferred_username if not set",
}


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """`roles`: value of the role claim to role."""

    issuer: str
    audience: str
    roles: Mapping[str, Role]
    role_claim: str = "roles"
    name_claim: str = "preferred_username"


def read_issuer(environ: Mapping[str, str], faults: list[str]) -> IssuerSettings | None:
    """The issuer, if one is set; what is wrong is added to `faults`."""
    given = {name: environ.get(name, "").strip() for name in NAMES}
    issuer = given["TAGPILOT_OIDC_ISSUER"]
    if not issuer:
        faults += [
            f"{name} is set and TAGPILOT_OIDC_ISSUER is not; set both or none" for name, value in given.items() if value
        ]
        return None
    if not is_trustworthy(issuer):
        faults.append(
            f"TAGPILOT_OIDC_ISSUER is {issuer!r}; give an https address, or http of this machine, without a query, "
            "such as https://login.example.org/realms/gps"
        )
    audience = given["TAGPILOT_OIDC_AUDIENCE"]
    if not audience:
        faults.append("TAGPILOT_OIDC_AUDIENCE is not set; give the audience that the issuer's tokens for TagPilot name")
    roles = _roles(given["TAGPILOT_OIDC_ROLES"], faults)
    role_claim = given["TAGPILOT_OIDC_ROLE_CLAIM"] or "roles"
    return IssuerSettings(
        issuer, audience, roles, role_claim, given["TAGPILOT_OIDC_NAME_CLAIM"] or "preferred_username"
    )


def is_trustworthy(url: str) -> bool:
    """Whether what is read from an address cannot be changed on the way: https, or http on this machine."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    return (parts.scheme == "https" or local) and bool(parts.hostname) and not parts.query and not parts.fragment


def _roles(text: str, faults: list[str]) -> Mapping[str, Role]:
    found: dict[str, Role] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        value, _, role = (part.strip() for part in pair.rpartition("="))
        if not value or role not in set(Role):
            faults.append(
                f"TAGPILOT_OIDC_ROLES has {pair!r}; give a value of the claim and a role, gps-analysts=analyst; the "
                f"roles are {', '.join(Role)}"
            )
        elif value in found:
            faults.append(f"TAGPILOT_OIDC_ROLES names {value!r} twice; one value means one role")
        else:
            found[value] = Role(role)
    if not text:
        faults.append("TAGPILOT_OIDC_ROLES is not set; give which role each value of the role claim means")
    return found
