"""Documents, certificates and answers that were changed at random, as structures and not only as bytes.

Everything is drawn from one ``Random``: hypothesis gives one that it can shrink, the long run (``fuzz_verify.py``) one
with a seed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec

from chukyso.signature.trust import AnswerKind
from support.der import mutate, read
from support.signature import SIGNING_USAGE, Party, issue, name
from support.stranger import CA_USAGE, OWNER, Case, Office, pem, reissued, signed
from support.weird import rich_authority, rich_leaf, rich_owner, weird_certificate

XML_BITS = [
    *(b"&#x0;", b"&#65;", b"\xed\xa0\x80", b" xmlns:x='u'", b" xmlns:x='urn:u'", b"<a" * 50, b"]]>", b"<![CDATA["),
    *(b"&amp;", b"\x85", b"=", b"<!DOCTYPE a>", b"<?a?>", b"<!---->", b" Id='x'", b"<x/>" * 200, b"\xef\xbb\xbf"),
    *(b"\0", b"<ds:Object/>", b"<ds:KeyInfo/>", b"<a>" * 60, b" a='" + b"y" * 9000 + b"'"),
]


class Fuzz:
    """Makes cases."""

    def __init__(self) -> None:
        office = self.office = Office()
        self.stranger = issue(OWNER, ec.generate_private_key(ec.SECP256R1()))
        self.leaf = issue(rich_owner(), office.leaf.key, office.ca, usage=SIGNING_USAGE, extensions=rich_leaf())
        extensions = rich_authority()
        self.ca = issue(name("CA"), office.ca.key, office.root, ca=True, usage=CA_USAGE, extensions=extensions)
        self.ways: list[Callable[[Random], Case]] = [
            *(self.signer, self.signer, self.authority, self.authority, self.crl, self.ocsp),
            *(self.raw_cms, self.raw_xml, self.weird_signer, self.weird_authority, self.crowd),
        ]

    def case(self, random: Random) -> Case:
        """One case of any kind."""
        with suppress(RecursionError):  # nested so deeply that it cannot be written down here
            return random.choice(self.ways)(random)
        return self.raw_xml(random)

    def _around(self, title: str, leaf: bytes, above: bytes, random: Random) -> Case:
        """A signer and the authority above, in a document or with the authority beside it."""
        place = random.choice(["KeyInfo", "CMS", "helper"])
        if place == "CMS":
            return self.office.case(f"{title} in CMS", self.office.cms(leaf, [above]))
        if place == "KeyInfo":
            return self.office.case(f"{title} in KeyInfo", self.office.xml([leaf, above]))
        return self.office.case(f"{title} beside", self.office.xml([leaf]), helpers=pem([above]))

    def signer(self, random: Random) -> Case:
        """The trusted authority's own signature over a changed certificate; or somebody else's."""
        chosen = random.choice([self.leaf, self.office.leaf])
        tbs = mutate(read(chosen.der).children[0], random).dump()
        leaf = signed(tbs, random.choice([self.office.ca, self.office.ca, self.stranger]))
        return self._around("changed signer", leaf, self.office.ca.der, random)

    def authority(self, random: Random) -> Case:
        chosen = random.choice([self.ca, self.office.ca])
        above = signed(mutate(read(chosen.der).children[0], random).dump(), self.office.root)
        return self._around("changed authority", self._below(above), above, random)

    def _below(self, above: bytes) -> bytes:
        try:
            return reissued(self.leaf.der, above, self.office.ca)
        except (ValueError, IndexError):
            return self.leaf.der

    def crl(self, random: Random) -> Case:
        model = self.office.crl(
            self.office.ca, random.choice([[], [1, 2], [self.office.leaf.certificate.serial_number]])
        )
        return self._answered("changed list", AnswerKind.CRL, self._changed_answer(model, random), random)

    def ocsp(self, random: Random) -> Case:
        whole = read(self.office.ocsp())
        if random.random() < 0.5:  # inside, signed anew
            basic = next(one for one in whole.walk() if one.tag == b"\x04" and one.children).children[0]
            mutate(basic.children[0], random)
            again = read(signed(basic.children[0].dump(), self.office.ca), inside=False)
            basic.children = [basic.children[0], *again.children[1:], *basic.children[3:]]
        else:
            mutate(whole, random)
        return self._answered("changed answer", AnswerKind.OCSP, whole.dump(), random)

    def _changed_answer(self, der: bytes, random: Random) -> bytes:
        if random.random() < 0.5:
            return signed(mutate(read(der).children[0], random).dump(), self.office.ca)
        return mutate(read(der), random).dump()

    def _answered(self, title: str, kind: AnswerKind, der: bytes, random: Random) -> Case:
        others = random.choice([self.office.good[:1], self.office.good])
        document = self.office.xml([self.office.leaf.der, self.office.ca.der])
        return self.office.case(title, document, kept=((kind.value, der), *others))

    def raw_cms(self, random: Random) -> Case:
        whole = read(self.office.cms(self.office.leaf.der, [self.office.ca.der]))
        return self.office.case("changed CMS", b"\x30" + mutate(whole, random).dump()[1:])

    def raw_xml(self, random: Random) -> Case:
        data = self.office.xml([self.office.leaf.der, self.office.ca.der])
        for _ in range(random.choice([1, 2, 5])):
            start = random.randrange(len(data))
            end = min(len(data), start + random.randrange(60))
            pieces = [b"", data[start:end] * 2, random.choice(XML_BITS), random.choice(XML_BITS) + data[start:end]]
            data = data[:start] + random.choice(pieces) + data[end:]
        return self.office.case("changed XML", b"<" + data[1:])

    def weird_signer(self, random: Random) -> Case:
        leaf = weird_certificate(random, self.office.leaf, random.choice([self.office.ca, self.stranger]))
        return self._around("weird signer", leaf, self.office.ca.der, random)

    def weird_authority(self, random: Random) -> Case:
        above = weird_certificate(random, self.office.ca, random.choice([self.office.root, self.stranger]))
        return self._around("weird authority", self._below(above), above, random)

    def crowd(self, random: Random) -> Case:
        """Many helpers of one name, each of which could have issued each other."""
        same = Party(issue(name("Same"), self.stranger.key).certificate, self.stranger.key)
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(random.choice([1, 3, 9, 30]))]
        helpers = [issue(name("Same"), key, same, ca=True, usage=CA_USAGE).der for key in keys]
        leaf = issue(OWNER, self.office.leaf.key, same, usage=SIGNING_USAGE)
        return self.office.case("crowd", self.office.xml([leaf.der]), helpers=pem(helpers) + self.office.ca.pem)
