"""Parts of certificates that are each possible and none of them usual, and certificates put together from them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from support.der import COUNTS, VALUES, read, tlv
from support.signature import DAY, NOW, TAX_CODE, Party, name
from support.stranger import ECDSA, OWNER, crl_point, ocsp_access, signed


def rich_owner() -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")
    return x509.Name([*OWNER, country, x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tổ chức thử")])


def rich_leaf() -> list[x509.ExtensionType]:
    names: list[x509.GeneralName] = [
        x509.RFC822Name("a@thu.vn"),
        x509.DNSName("thu.vn"),
        x509.IPAddress(ipaddress.ip_address("10.0.0.1")),
        x509.DirectoryName(name("D")),
        x509.UniformResourceIdentifier("http://thu.vn/x"),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x0c\x01a"),
    ]
    notice = x509.UserNotice(x509.NoticeReference("o", [1, 2]), "t")
    policy = x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), ["http://cps", notice])
    return [
        x509.SubjectAlternativeName(names),
        x509.IssuerAlternativeName([x509.DNSName("ca.vn")]),
        x509.CertificatePolicies([policy]),
        x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")]),
        crl_point("/ca.crl"),
        ocsp_access("/ocsp"),
    ]


def rich_authority() -> list[x509.ExtensionType]:
    permitted: list[x509.GeneralName] = [
        x509.DirectoryName(x509.Name([])),
        x509.DNSName("vn"),
        x509.RFC822Name("thu.vn"),
        x509.UniformResourceIdentifier("thu.vn"),
        x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
    ]
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in ("1.2.3.4", "2.5.29.32.0")]
    return [
        crl_point("/root.crl"),
        x509.NameConstraints(permitted, [x509.DNSName("ac.vn")]),
        x509.CertificatePolicies(policies),
        x509.PolicyConstraints(5, 5),
        x509.InhibitAnyPolicy(3),
    ]


def weird_certificate(random: Random, like: Party, issuer: Party) -> bytes:
    """A certificate put together from parts that are each possible and none of them usual."""
    own = [one.dump() for one in read(like.der, inside=False).children[0].children]
    parts = {
        "serial": [own[1], b"\x02\x01\x00", b"\x02\x01\xff", tlv(2, b"\x7f" * random.choice([20, 21, 500]))],
        "issuer": [issuer.certificate.subject.public_bytes(), b"\x30\x00"],
        "dates": [own[4], *_dates()],
        "subject": [own[5], own[5], b"\x30\x00", _many_attributes(random.choice(COUNTS))],
        "key": [own[6], own[6], *_keys(random)],
    }
    chosen = {part: random.choice(choices) for part, choices in parts.items()}
    exts = [random.choice(_EXTENSIONS)(random) for _ in range(random.choice([0, 1, 1, 2, 5]))]
    own_exts = [one.dump() for one in read(own[7], inside=False).children[0].children]
    extensions = tlv(0xA3, tlv(0x30, *own_exts, *exts))
    return signed(tlv(0x30, own[0], chosen.pop("serial"), ECDSA, *chosen.values(), extensions), issuer)


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return tlv(0x30, tlv(6, bytes.fromhex(oid)), b"\x01\x01\xff" if critical else b"", tlv(4, value))


def _number(index: int) -> bytes:
    return bytes([0x80 | index >> 14 | 0x40, 0x80 | index >> 7 & 0x7F, index & 0x7F])


def _dates() -> Iterator[bytes]:
    times = [b"00000101000000Z", b"19500101000000Z", b"99991231235959Z", f"{NOW - DAY:%Y%m%d%H%M%S}Z".encode()]
    for start in times:
        for end in times:
            yield tlv(0x30, tlv(0x18, start), tlv(0x18, end))


def _attribute(index: int) -> bytes:
    return tlv(0x31, tlv(0x30, b"\x06\x03\x55\x04\x0b", tlv(0x0C, b"%d" % index)))


def _many_attributes(count: int) -> bytes:
    owner = tlv(0x31, tlv(0x30, tlv(6, bytes.fromhex("0992268993f22c640101")), tlv(0x0C, f"MST:{TAX_CODE}".encode())))
    return tlv(0x30, owner, *(_attribute(index) for index in range(count)))


def _keys(random: Random) -> Iterator[bytes]:
    """Public keys of unusual size and kind."""
    for bits, exponent in ((512, 3), (1024, 65537), (8200, 65537), (16384, 65537), (16384, (1 << 64) - 1), (2048, 1)):
        modulus = random.getrandbits(bits) | 1 | 1 << (bits - 1)
        numbers = (tlv(2, b"\0" + number.to_bytes((number.bit_length() + 7) // 8)) for number in (modulus, exponent))
        yield tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500"), tlv(3, b"\0" + tlv(0x30, *numbers)))
    for kind in (
        "06032b6570",
        "06032b6571",
        "06032b656e",
        "06092a864886f70d01010a",
        "06092a864886f70d010301",
        "06022a03",
    ):
        yield tlv(0x30, tlv(0x30, bytes.fromhex(kind)), tlv(3, b"\0" + bytes(random.choice([32, 57]))))
    for curve in (ec.SECP192R1(), ec.SECP256K1(), ec.BrainpoolP256R1(), ec.SECP521R1()):
        public = ec.generate_private_key(curve).public_key()
        yield public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = tlv(3, b"\0\x04" + bytes(64))  # not on the curve
    yield tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"), point)


def _names(random: Random) -> bytes:
    kinds = [
        tlv(0x82, b"a.vn"),
        tlv(0x87, bytes(random.choice([4, 8, 16, 32, 5]))),
        tlv(0x81, b"@"),
        tlv(0xA4, b"\x30\x00"),
    ]
    return tlv(0x30, *(random.choice(kinds) for _ in range(random.choice(COUNTS))))


def _name_constraints(random: Random) -> bytes:
    kinds = [
        *(
            tlv(0x87, bytes(random.choice([8, 32, 5]))),
            tlv(0x82, b""),
            tlv(0x82, b"."),
            tlv(0x81, b"a@b"),
            tlv(0x86, b""),
        ),
        *(tlv(0x88, b"\x2a"), tlv(0xA4, b"\x30\x00"), tlv(0xA0, tlv(6, b"\x2a\x03"), tlv(0xA0, b"\x05\x00"))),
    ]
    trees = b"".join(tlv(0x30, random.choice(kinds)) for _ in range(random.choice([1, 2, 40])))
    return _extension("551d1e", tlv(0x30, tlv(random.choice([0xA0, 0xA1]), trees)), critical=True)


def _policies(random: Random) -> bytes:
    count = random.choice(COUNTS)
    listed = (tlv(0x30, tlv(6, b"\x2a" + _number(index))) for index in range(count))
    return _extension("551d20", tlv(0x30, *listed), critical=random.random() < 0.5)


def _mappings(random: Random) -> bytes:
    listed = (
        tlv(0x30, tlv(6, b"\x2a\x03\x04"), tlv(6, b"\x2a" + _number(index))) for index in range(random.choice(COUNTS))
    )
    return _extension("551d21", tlv(0x30, *listed))


def _unknown(random: Random) -> bytes:
    count = random.choice(COUNTS)
    return b"".join(
        tlv(0x30, tlv(6, b"\x2a" + _number(index)), tlv(4, random.choice(VALUES))) for index in range(count)
    )


def _known_kind(random: Random) -> bytes:
    """An extension that everybody knows, with something else in it."""
    kinds = [
        "551d0e",
        "551d0f",
        "551d11",
        "551d12",
        "551d13",
        "551d1e",
        "551d1f",
        "551d20",
        "551d23",
        "551d24",
        "551d25",
    ]
    oid = random.choice([*kinds, "551d2e", "551d36", "2b06010505070101", "2b0601050507300105"])
    return _extension(oid, random.choice(VALUES), critical=random.random() < 0.3)


_EXTENSIONS: list[Callable[[Random], bytes]] = [
    *(
        lambda random: _extension("551d11", _names(random)),
        _name_constraints,
        _policies,
        _mappings,
        _unknown,
        _known_kind,
    ),
]
