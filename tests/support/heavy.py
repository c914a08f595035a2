"""Inputs that cost much for what they are: long lists, large numbers, many certificates, long names."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from chukyso.signature.trust import AnswerKind
from support.der import Node, read, tlv
from support.signature import DAY, NOW, TAX_CODE, Party, issue, name
from support.stranger import CA_USAGE, ECDSA, Case, Office, pem, reissued, signed

OWNER = tlv(0x31, tlv(0x30, tlv(6, bytes.fromhex("0992268993f22c640101")), tlv(0x0C, f"MST:{TAX_CODE}".encode())))


def heavy_cases(office: Office) -> Iterator[Case]:
    """All of them, made when it is their turn."""
    for title, certificate in _certificates(office):
        yield office.case(f"{title}, in KeyInfo", office.xml([certificate, office.ca.der]))
        if len(certificate) < 200_000:
            yield office.case(f"{title}, in CMS", office.cms(certificate, [office.ca.der]))
    for title, key in _keys():
        above = _certificate(office.root, office.ca, key=key)
        yield office.case(f"authority with {title}", office.xml([reissued(office.leaf.der, above, office.ca), above]))
    yield from _documents(office)
    yield from _signatures(office)
    yield from _crowds(office)
    yield from _answers(office)


# -- certificates ---------------------------------------------------------------------------------------------


def _certificate(issuer: Party, like: Party, **parts: bytes) -> bytes:
    """A certificate by this issuer with parts other than a model's: serial, subject, key, further extensions."""
    own = [one.dump() for one in read(like.der, inside=False).children[0].children]
    usual = b"".join(one.dump() for one in read(own[7], inside=False).children[0].children)
    subject, serial, key = (parts.get(part, own[at]) for part, at in (("subject", 5), ("serial", 1), ("key", 6)))
    extensions = tlv(0xA3, tlv(0x30, usual, parts.get("extensions", b"")))
    return signed(tlv(0x30, own[0], serial, ECDSA, own[3], own[4], subject, key, extensions), issuer)


def _certificates(office: Office) -> Iterator[tuple[str, bytes]]:
    def made(**parts: bytes) -> bytes:
        return _certificate(office.ca, office.leaf, **parts)

    unit = bytes.fromhex("060355040b")
    yield (
        "a name of 600,000 letters",
        made(subject=tlv(0x30, OWNER, tlv(0x31, tlv(0x30, unit, tlv(0x0C, b"A" * 600_000))))),
    )
    for count in (500, 20_000):
        attributes = [tlv(0x30, unit, tlv(0x0C, b"%d" % index)) for index in range(count)]
        yield f"{count} attributes in one", made(subject=tlv(0x30, OWNER, tlv(0x31, *attributes)))
        yield f"{count} attributes", made(subject=tlv(0x30, OWNER, *(tlv(0x31, one) for one in attributes)))
    yield (
        "40,000 alternative names",
        made(extensions=_extension("551d11", *(tlv(0x82, b"%d.vn" % i) for i in range(40_000)))),
    )
    for count in (5_000, 40_000):
        unknown = b"".join(tlv(0x30, _oid(index), tlv(4, b"\x05\x00")) for index in range(count))
        yield f"{count} extensions", made(extensions=unknown)
    yield "30,000 policies", made(extensions=_extension("551d20", *(tlv(0x30, _oid(index)) for index in range(30_000))))
    yield "60,000 usages", made(extensions=_extension("551d25", *(_oid(index) for index in range(60_000))))
    yield "a serial of 500,000 bytes", made(serial=tlv(2, b"\x7f" * 500_000))
    long = tlv(6, b"\x2a" + b"\xff" * 500_000 + b"\x7f")
    yield "an identifier of 500,000 bytes", made(extensions=tlv(0x30, long, tlv(4, b"\x05\x00")))
    for title, key in _keys():
        yield title, made(key=key)


def _keys() -> Iterator[tuple[str, bytes]]:
    for bits, exponent in ((16_384, 65_537), (16_384, (1 << 64) - 1), (16_384, (1 << 16_383) - 1), (1 << 20, 65_537)):
        modulus = (1 << bits) - 24_691
        numbers = (tlv(2, b"\0" + one.to_bytes((one.bit_length() + 7) // 8)) for one in (modulus, exponent))
        key = tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500"), tlv(3, b"\0" + tlv(0x30, *numbers)))
        yield f"an RSA key of {bits} bits, exponent of {exponent.bit_length()}", key


def _oid(index: int) -> bytes:
    return tlv(6, b"\x2a" + bytes([0x80 | index >> 14 | 0x40, 0x80 | index >> 7 & 0x7F, index & 0x7F]))


def _extension(oid: str, *values: bytes) -> bytes:
    return tlv(0x30, tlv(6, bytes.fromhex(oid)), tlv(4, tlv(0x30, *values)))


# -- documents and signatures ---------------------------------------------------------------------------------


def _documents(office: Office) -> Iterator[Case]:
    data = office.xml([office.leaf.der, office.ca.der])

    def case(title: str, old: bytes, new: bytes) -> Case:
        assert old in data
        return office.case(title, data.replace(old, new, 1))

    deep = "".join(
        f"<d{at} " + " ".join(f"xmlns:n{at}x{i}='urn:{at}-{i}'" for i in range(30)) + ">" for at in range(26)
    )
    used = "".join(f"<n{i % 26}x{i % 30}:a n{i * 7 % 26}x1:b='1' n{(i * 5 + 1) % 26}x2:b='1'/>" for i in range(4_800))
    closed = "".join(f"</d{at}>" for at in reversed(range(26)))
    yield case("800 namespaces in scope", b"<TTPhien>", f"<TTPhien>{deep}{used}{closed}".encode())
    yield case("4,800 identifiers", b"<TTPhien>", b"<TTPhien>" + b"".join(b"<q Id='i%d'/>" % i for i in range(4_800)))
    yield case("180,000 character references", b"<TTPhien>", b"<TTPhien>" + b"&#65;" * 180_000)
    yield case("spaces in base64", b"</ds:SignatureValue>", b" \n" * 400_000 + b"</ds:SignatureValue>")
    yield case("a value of 600 kB", b"</ds:SignatureValue>", b64encode(bytes(450_000)) + b"</ds:SignatureValue>")
    yield office.case("nothing but opening tags", b"<a>" * 300_000)


def _signatures(office: Office) -> Iterator[Case]:
    def changed(change: Callable[[Node, Node], None]) -> bytes:
        whole = read(office.cms(office.leaf.der, [office.ca.der]), inside=False)
        data = whole.children[1].children[0]
        change(data, data.children[-1].children[0])
        return whole.dump()

    def signers(data: Node, signer: Node) -> None:
        data.children[-1].children = [signer] * 250

    def attributes(_: Node, signer: Node) -> None:
        signer.children[3].children = [read(tlv(0x30, b"\x06\x02\x2a\x03", b"\x31\x02\x05\x00"))] * 25_000

    def values(_: Node, signer: Node) -> None:
        signer.children[3].children[0].children[1].children = [Node(b"\x05")] * 110_000

    def certificates(data: Node, _: Node) -> None:
        data.children[3].children += [Node(b"\x30")] * 110_000

    def lists(data: Node, _: Node) -> None:
        data.children.insert(4, Node(b"\xa1", b"", [Node(b"\x30")] * 110_000))

    def digests(data: Node, _: Node) -> None:
        data.children[1].children *= 18_000

    for change in (signers, attributes, values, certificates, lists, digests):
        yield office.case(f"CMS with many {change.__name__}", changed(change))
    lines = b"-----BEGIN CMS-----\n" + b"A: b\n" * 40_000 + b64encode(office.cms(office.leaf.der))
    yield office.case("PEM with many headers", lines + b"\n-----END CMS-----\n")


# -- what lies beside -----------------------------------------------------------------------------------------


def _crowds(office: Office) -> Iterator[Case]:
    document = office.xml([office.leaf.der])
    key = ec.generate_private_key(ec.SECP256R1())
    for title, common, count in (("the authority's name", "CA", 2_000), ("other names", "zzzzzz", 16_000)):
        model = read(issue(name(common), key, ca=True, usage=CA_USAGE).der, inside=False)
        helpers = []
        for index in range(count):
            model.children[0].children[1].content = b"\1" + index.to_bytes(4)
            helpers.append(model.dump().replace(b"zzzzzz", b"%06d" % index))
        yield office.case(f"{count} helpers of {title}", document, helpers=office.ca.pem + pem(helpers))


def _answers(office: Office) -> Iterator[Case]:
    document = office.xml([office.leaf.der, office.ca.der])

    def case(title: str, kind: AnswerKind, der: bytes) -> Case:
        return office.case(title, document, kept=(office.good[0], (kind.value, der)))

    stranger = Party(office.ca.certificate, ec.generate_private_key(ec.SECP256R1()))
    for count, signer, by in (
        (100_000, office.ca, "the authority"),
        (540_000, office.ca, "the authority"),
        (540_000, stranger, "a stranger"),
    ):
        yield case(f"a list of {count} entries by {by}", AnswerKind.CRL, _list(count, signer))
    for count in (1_000, 100_000):
        whole = read(office.ocsp())
        said = next(one for one in whole.walk() if one.tag == b"\x04" and one.children).children[0].children[0]
        said.children[2].children *= count
        yield case(f"an answer about {count} certificates", AnswerKind.OCSP, whole.dump())


def _list(count: int, issuer: Party) -> bytes:
    date = tlv(0x17, b"250101000000Z")
    entries = b"".join(tlv(0x30, tlv(2, b"\1" + index.to_bytes(8)), date) for index in range(count))
    times = (tlv(0x18, f"{moment:%Y%m%d%H%M%S}Z".encode()) for moment in (NOW - timedelta(hours=1), NOW + DAY))
    ca = issuer.certificate.subject.public_bytes()
    return signed(tlv(0x30, b"\2\1\1", ECDSA, ca, *times, tlv(0x30, entries)), issuer)
