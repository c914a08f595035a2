"""Changes to a CMS signature, for ``forged_cms``."""

from __future__ import annotations

from hashlib import sha256

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509

from support.signature import Party
from support.verify import ChangeCms


def signer(data: cms.SignedData) -> cms.SignerInfo:
    return data["signer_infos"][0]


def attribute(kind: str, *values: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def attributes(*changed: cms.CMSAttribute, without: tuple[str, ...] = ()) -> ChangeCms:
    """Put these in place of those of the same type, and leave some out."""

    def change(data: cms.SignedData) -> None:
        gone = {*without, *(one["type"].native for one in changed)}
        kept = [one for one in signer(data)["signed_attrs"] if one["type"].native not in gone]
        signer(data)["signed_attrs"] = cms.CMSAttributes([*kept, *changed])

    return change


def plain(number: str) -> cms.CMSAttribute:
    """An attribute by its number, whose value is not what belongs there."""
    content = core.ObjectIdentifier(number).dump() + b"\x31\x03\x02\x01\x01"
    return cms.CMSAttribute.load(bytes([0x30, len(content)]) + content)


def binding(certificate: bytes, **changed: object) -> ChangeCms:
    identifier = tsp.ESSCertIDv2({"cert_hash": sha256(certificate).digest(), **changed})
    return attributes(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [identifier]})))


def algorithms(digest: str | None = None, signature: object = None) -> ChangeCms:
    def change(data: cms.SignedData) -> None:
        if digest:
            data["digest_algorithms"] = [{"algorithm": digest}]
            signer(data)["digest_algorithm"] = {"algorithm": digest}
        if signature:
            signer(data)["signature_algorithm"] = signature

    return change


def pss(**changed: object) -> dict[str, object]:
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}}
    usual = {"hash_algorithm": {"algorithm": "sha256"}, "mask_gen_algorithm": mask, "salt_length": 32}
    return {"algorithm": "rsassa_pss", "parameters": {**usual, **changed}}


def certificates(*parties: Party) -> ChangeCms:
    parsed = [asn1_x509.Certificate.load(party.der) for party in parties]
    return lambda data: data.__setitem__("certificates", cms.CertificateSet(parsed))


def unsigned(*listed: cms.CMSAttribute) -> ChangeCms:
    return lambda data: signer(data).__setitem__("unsigned_attrs", cms.CMSAttributes(list(listed)))


def by_key(identifier: bytes, version: str = "v3") -> ChangeCms:
    """Name the signer by the identifier of its key."""

    def change(data: cms.SignedData) -> None:
        data["version"] = version
        signer(data)["version"] = version
        signer(data)["sid"] = cms.SignerIdentifier("subject_key_identifier", core.OctetString(identifier))

    return change


def each(*changes: ChangeCms) -> ChangeCms:
    def change(data: cms.SignedData) -> None:
        for one in changes:
            one(data)

    return change
