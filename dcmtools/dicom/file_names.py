"""The names of the files in which SOP Instances are kept, as pynetdicom's apps name them."""

from __future__ import annotations

import hashlib
import re

_PREFIXES = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CTE",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MRE",
    "1.2.840.10008.5.1.4.1.1.6.1": "US",
    "1.2.840.10008.5.1.4.1.1.6.2": "USE",
    "1.2.840.10008.5.1.4.1.1.7": "SC",
    "1.2.840.10008.5.1.4.1.1.12.1": "XA",
    "1.2.840.10008.5.1.4.1.1.12.1.1": "XAE",
    "1.2.840.10008.5.1.4.1.1.20": "NM",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PTE",
    "1.2.840.10008.5.1.4.1.1.481.1": "RI",
    "1.2.840.10008.5.1.4.1.1.481.2": "RD",
    "1.2.840.10008.5.1.4.1.1.481.3": "RS",
    "1.2.840.10008.5.1.4.1.1.481.5": "RP",
}
_NO_PREFIX = "UN"

_is_uid = re.compile(r"[0-9.]{1,64}").fullmatch
_LONGEST_INVALID_UID = 40  # characters that are kept of it, for the eye


def file_name(sop_class_uid: str, sop_instance_uid: str) -> str:
    """Return the name for the file of a SOP Instance, one component of a path whatever the UIDs are.

    An invalid UID becomes a name of its own, with a hash: no two UIDs share a name.
    """
    prefix = _PREFIXES.get(sop_class_uid, _NO_PREFIX)
    if _is_uid(sop_instance_uid):
        return f"{prefix}.{sop_instance_uid}"
    shown = re.sub(r"[^0-9.]", "_", sop_instance_uid[:_LONGEST_INVALID_UID])
    digest = hashlib.sha256(sop_instance_uid.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}.{shown}-{digest[:32]}"
