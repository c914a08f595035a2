"""Signature values that are nearly right, made by mathematics with a key of our own.

In the spirit of Project Wycheproof, and none of its vectors. Each generator yields names with values; those named
``good…`` are right, and show that the generator computes what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha1, sha256, sha512

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Values = Iterator[tuple[str, bytes]]
Generator = Callable[[bytes], Values]

ORDERS = {  # SEC 2, version 2.0
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16),
    "secp521r1": int("1" + "F" * 65 + "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16),
}
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


# RSA


def pkcs1_values(key: rsa.RSAPrivateKey, data: bytes) -> Values:
    """Values of RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017, section 8.2)."""
    size = _size(key)
    digest = sha256(data).digest()
    info = SHA256_INFO + digest
    good = pkcs1(size, info)
    yield "good", _raise(key, good)
    bodies = {
        "NULL is missing": bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest,
        "NULL with content": bytes.fromhex("3033300f0609608648016503040201050200000420") + digest,
        "OCTET STRING for NULL": bytes.fromhex("3031300d060960864801650304020104000420") + digest,
        "long length outside": b"\x30\x81" + info[1:],
        "long length of the algorithm": bytes.fromhex("303230810d060960864801650304020105000420") + digest,
        "long length of the digest": bytes.fromhex("3032300d06096086480165030402010500048120") + digest,
        "indefinite length": bytes.fromhex("3080300d060960864801650304020105000420") + digest + b"\0\0",
        "garbage behind DigestInfo": info + b"\0\0",
        "garbage inside DigestInfo": bytes.fromhex("3035300d060960864801650304020105000420") + digest + b"\x05\0\x05\0",
        "garbage inside the algorithm": bytes.fromhex("303330 0f0609608648016503040201050005000420") + digest,
        "digest is short": bytes.fromhex("3030300d06096086480165030402010500041f") + digest[:-1],
        "digest is long": bytes.fromhex("3032300d060960864801650304020105000421") + digest + b"\0",
        "bare digest": digest,
        "digest as OCTET STRING": b"\x04\x20" + digest,
        "SHA-1": bytes.fromhex("3021300906052b0e03021a05000414") + sha1(data, usedforsecurity=False).digest(),
        "SHA-512": bytes.fromhex("3051300d060960864801650304020305000440") + sha512(data).digest(),
        "SHA-512 named, SHA-256 inside": bytes.fromhex("3031300d060960864801650304020305000420") + digest,
        "digest of something else": SHA256_INFO + sha256(data + b"!").digest(),
        "nothing": b"",
    }
    yield from ((name, _raise(key, pkcs1(size, body))) for name, body in bodies.items())
    spare = size - 3 - len(info)
    frames = {
        "block type 2": b"\0\2" + b"\xff" * spare + b"\0" + info,
        "block type 0": b"\0\0" + b"\0" * spare + b"\0" + info,
        "no separator": b"\0\1" + b"\xff" * (spare + 1) + info,
        "separator is 1": b"\0\1" + b"\xff" * spare + b"\1" + info,
        "padding of other bytes": b"\0\1" + b"\xfe" * spare + b"\0" + info,
        "one other byte in the padding": b"\0\1\xff\xfe" + b"\xff" * (spare - 2) + b"\0" + info,
        "padding has a zero": b"\0\1\xff\0" + b"\xff" * (spare - 2) + b"\0" + info,
        "padding of eight bytes, garbage behind": b"\0\1" + b"\xff" * 8 + b"\0" + info + b"\0" * (spare - 8),
        "no padding, garbage behind": b"\0\1\0" + info + b"\0" * spare,
        "garbage before": b"\0\1\xff" + b"\xab" * (spare - 2) + b"\0\0" + info,
    }
    yield from ((name, _raise(key, frame)) for name, frame in frames.items())
    yield "message of the other scheme", _raise(key, pss(key, digest))
    yield from _rsa_numbers(key, int.from_bytes(_raise(key, good)))


def pss_values(key: rsa.RSAPrivateKey, data: bytes) -> Values:
    """Values of RSASSA-PSS over SHA-256, a salt of 32 bytes (RFC 8017, section 9.1)."""
    digest = sha256(data).digest()
    good = _raise(key, pss(key, digest))
    yield "good", good
    yield "good, salt of zeros", _raise(key, pss(key, digest, salt=bytes(32)))
    longest = (key.key_size + 6) // 8 - 34
    for length in (0, 1, 20, 31, 33, 48, 64, longest):
        yield f"salt of {length} bytes", _raise(key, pss(key, digest, salt=b"\x5a" * length))
    yield "trailer CC", _raise(key, pss(key, digest)[:-1] + b"\xcc")
    yield "trailer 00", _raise(key, pss(key, digest)[:-1] + b"\0")
    yield "mask by SHA-1", _raise(key, pss(key, digest, mask=hashes.SHA1()))  # noqa: S303 - is to be refused
    yield "mask by SHA-512", _raise(key, pss(key, digest, mask=hashes.SHA512()))
    yield "separator is 2", _raise(key, pss(key, digest, separator=b"\2"))
    yield "padding is not zero", _raise(key, pss(key, digest, filler=b"\1"))
    yield "digest of something else", _raise(key, pss(key, sha256(data + b"!").digest()))
    yield "message of the other scheme", _raise(key, pkcs1(_size(key), SHA256_INFO + digest))
    if key.key_size % 8 == 0:  # one bit above the message, which must be zero
        topped = (
            bytes([one[0] | 0x80]) + one[1:] for one in (pss(key, digest, salt=bytes([i] * 32)) for i in range(256))
        )
        yield "top bit is set", _raise(key, next(one for one in topped if int.from_bytes(one) < _modulus(key)))
    yield from _rsa_numbers(key, int.from_bytes(good))


def pkcs1(size: int, body: bytes) -> bytes:
    return b"\0\1" + b"\xff" * (size - 3 - len(body)) + b"\0" + body


def pss(
    key: rsa.RSAPrivateKey,
    digest: bytes,
    *,
    salt: bytes = b"\xa5" * 32,
    mask: hashes.HashAlgorithm | None = None,
    separator: bytes = b"\1",
    filler: bytes = b"\0",
) -> bytes:
    bits = key.key_size - 1
    size = (bits + 7) // 8
    hashed = sha256(bytes(8) + digest + salt).digest()
    zeros = size - len(salt) - len(hashed) - 2
    block = filler * zeros + separator + salt
    stream = _mgf1(hashed, len(block), mask or hashes.SHA256())
    masked = bytearray(a ^ b for a, b in zip(block, stream, strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + hashed + b"\xbc"


def _mgf1(seed: bytes, length: int, algorithm: hashes.HashAlgorithm) -> bytes:
    made = b""
    for counter in range(length):
        digest = hashes.Hash(algorithm)
        digest.update(seed + counter.to_bytes(4))
        made += digest.finalize()
        if len(made) >= length:
            break
    return made[:length]


def _rsa_numbers(key: rsa.RSAPrivateKey, good: int) -> Values:
    """Numbers that are no signature of anything, and the right number written wrong."""
    size, modulus = _size(key), _modulus(key)
    most = (1 << 8 * size) - 1
    numbers = {"0": 0, "1": 1, "2": 2, "n - 1": modulus - 1, "n": modulus, "n + 1": modulus + 1, "all ones": most}
    numbers |= {"n - s": modulus - good}
    if modulus + good <= most:
        numbers["s + n"] = modulus + good
    yield from ((name, number.to_bytes(size)) for name, number in numbers.items())
    right = good.to_bytes(size)
    yield "empty", b""
    yield "one zero byte", b"\0"
    yield "leading zero", b"\0" + right
    yield "trailing zero", right + b"\0"
    yield "s + n, one byte more", (modulus + good).to_bytes(size + 1)
    yield "a byte short at the end", right[:-1]
    yield "a byte short at the beginning", right[1:]
    yield "backwards", right[::-1]
    yield "twice", right * 2
    yield "128 KiB", right + bytes(1 << 17)


def _raise(key: rsa.RSAPrivateKey, message: bytes) -> bytes:
    number = int.from_bytes(message)
    assert number < _modulus(key)
    return pow(number, key.private_numbers().d, _modulus(key)).to_bytes(_size(key))


def _size(key: rsa.RSAPrivateKey) -> int:
    return (key.key_size + 7) // 8


def _modulus(key: rsa.RSAPrivateKey) -> int:
    return key.private_numbers().public_numbers.n


# ECDSA


def raw_values(key: ec.EllipticCurvePrivateKey, data: bytes) -> Values:
    """Values of ECDSA over SHA-256 as XML and tokens write them: r‖s."""
    size = (key.key_size + 7) // 8
    for name, (r, s) in _pairs(key, data):
        if 0 <= r < 1 << 8 * size and 0 <= s < 1 << 8 * size:
            yield name, r.to_bytes(size) + s.to_bytes(size)
    (_, (r, s)), *_rest = _pairs(key, data)
    right = r.to_bytes(size) + s.to_bytes(size)
    yield "empty", b""
    yield "r alone", right[:size]
    yield "leading zero", b"\0" + right
    yield "a zero before s", right[:size] + b"\0" + right[size:]
    yield "a zero before both", b"\0" + right[:size] + b"\0" + right[size:]
    yield "trailing zero", right + b"\0"
    yield "two trailing zeros", right + b"\0\0"
    yield "a byte short", right[:-1]
    yield "a byte short in both", right[1:size] + right[size + 1 :]
    yield "halves as for a larger curve", bytes(18) + right[:size] + bytes(18) + right[size:]
    yield "twice", right * 2
    yield "DER", der(r, s)
    yield "128 KiB", right + bytes(1 << 17)


def der_values(key: ec.EllipticCurvePrivateKey, data: bytes) -> Values:
    """Values of ECDSA over SHA-256 as CMS carries them: ECDSA-Sig-Value."""
    yield from ((name, der(r, s)) for name, (r, s) in _pairs(key, data))
    (_, (r, s)), *_rest = _pairs(key, data)
    one, two = _integer(r), _integer(s)
    right = der(r, s)
    size = (key.key_size + 7) // 8
    yield "empty", b""
    yield "raw", r.to_bytes(size) + s.to_bytes(size)
    yield "bytes behind", right + b"\0"
    yield "NULL behind", right + b"\x05\0"
    yield "bytes inside", _tlv(0x30, one + two + b"\x05\0")
    yield "third number", _tlv(0x30, one + two + two)
    yield "one number", _tlv(0x30, one)
    yield "no number", _tlv(0x30, b"")
    yield "SET", _tlv(0x31, one + two)
    yield "OCTET STRING around", _tlv(0x04, right)
    yield "sequence in a sequence", _tlv(0x30, right)
    yield "numbers as OCTET STRING", _tlv(0x30, b"\x04" + one[1:] + b"\x04" + two[1:])
    yield "numbers as BIT STRING", _tlv(0x30, b"\x03" + one[1:] + two)
    yield "number without content", _tlv(0x30, one + b"\x02\0")
    yield "r is not the shortest", _tlv(0x30, _tlv(2, b"\0" + one[_head(one) :]) + two)
    yield "s is not the shortest", _tlv(0x30, one + _tlv(2, b"\0\0" + two[_head(two) :]))
    yield "s longer by 128 KiB", _tlv(0x30, one + _tlv(2, bytes(1 << 17) + two[_head(two) :]))
    yield "long length", b"\x30\x82" + (len(one + two)).to_bytes(2) + one + two
    yield "long length of r", _tlv(0x30, b"\x02\x82" + (len(one) - _head(one)).to_bytes(2) + one[_head(one) :] + two)
    yield "indefinite length", b"\x30\x80" + one + two + b"\0\0"
    yield "length beyond the end", right[:1] + bytes([right[1] ^ 1]) + right[2:]
    yield "cut short", right[:-1]
    if one[_head(one)] == 0:  # P-521 has room for the sign
        yield "r without the zero that makes it positive", _tlv(0x30, _tlv(2, one[_head(one) + 1 :]) + two)
    yield "twice", right + right


def _pairs(key: ec.EllipticCurvePrivateKey, data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Pairs of numbers; the first is a right signature."""
    order = ORDERS[key.curve.name]
    r, s = 0, 0
    while r.bit_length() < order.bit_length():  # so that r as an INTEGER needs its leading zero
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    yield "good", (r, s)
    yield "good, s as its negative", (r, order - s)
    special = {"0": 0, "1": 1, "n - 1": order - 1, "n": order, "n + 1": order + 1, "2n": 2 * order, "-1": -1}
    for name, number in special.items():
        yield f"r = {name}", (number, s)
        yield f"s = {name}", (r, number)
        yield f"r = s = {name}", (number, number)
    yield "r = 0, s = 1", (0, 1)
    yield "r = n, s = 0", (order, 0)
    yield "r + n", (r + order, s)
    yield "s + n", (r, s + order)
    yield "r - n", (r - order, s)
    yield "s - n", (r, s - order)
    yield "-r", (-r, s)
    yield "-s", (r, -s)
    yield "exchanged", (s, r)
    yield "r + 1", (r + 1, s)
    yield "2^(8k) + r", (r + (1 << 2 * key.key_size), s)
    hashed = int.from_bytes(sha256(data).digest())  # shorter than each of the orders, or as long
    at_infinity = -hashed * pow(key.private_numbers().private_value, -1, order) % order
    yield "the point at infinity", (at_infinity, s)


def der(r: int, s: int) -> bytes:
    return _tlv(0x30, _integer(r) + _integer(s))


def _head(value: bytes) -> int:
    """Length of tag and length."""
    return 2 if value[1] < 0x80 else 2 + (value[1] & 0x7F)


def _integer(number: int) -> bytes:
    length = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return _tlv(2, number.to_bytes(length, signed=True))


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(digits)]) + digits + content
