"""Sealing a PDF: attachments, validation data, and one PAdES signature over all of it, time-stamped if there can be.

What is needed to validate the signature long after (certificates, CRL, OCSP answers, of the signer and of the time
stamp authority) is put in *before* the signature is made, so that it covers the whole file and nothing has to be added
to it: profile B-LT of ETSI EN 319 142-1 in one revision. See ``docs/decisions/0014-sealed-pdf.md``.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle

from chukyso.errors import ChukysoError, Code
from chukyso.pdf import Properties, describe
from chukyso.seal.key import EvidenceKey, TokenSigner, pin_signer, revocation_policy, trust_of
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.seal.page import REHEARSAL_MARK
from chukyso.seal.stamps import Authority, TimeStampClient
from chukyso.signature.presign import Standing
from chukyso.signature.trust import AnswerKind, RevocationAnswer

_STAMP_CODES: Final = frozenset({Code.TSA_UNREACHABLE, Code.TSA_ANSWER_INVALID})
FIELD: Final = "NiemPhong"
REASON: Final = "Niêm phong biên bản cập nhật chữ ký số"
SEAL_BOX: Final = (42, 31, 440, 67)
"""Where the words about the seal stand on the first page, in points from its lower left corner; see ``page.py``."""


@dataclass(frozen=True)
class FileInside:
    """A file to be attached.

    Attributes:
        name: Its name inside.
        data: Its content.
        media_type: What it is.
        relationship: ``AFRelationship`` of ISO 32000-2, 7.11.3: ``Source``, ``Data``, ``Supplement``.
        description: For people, Vietnamese.
    """

    name: str
    data: bytes
    media_type: str
    relationship: str
    description: str


@dataclass(frozen=True)
class Sealed:
    """A PDF that was sealed.

    Attributes:
        data: The PDF.
        stamped: Whether it has a time stamp.
        long_term: Whether revocation data of signer and time stamp authority are inside.
        problem: Why it has no time stamp although one was wanted; None otherwise.
    """

    data: bytes
    stamped: bool
    long_term: bool
    problem: ChukysoError | None = None


@dataclass(frozen=True)
class Stamps:
    """The authority that will stamp, or why none does."""

    client: TimeStampClient | None = None
    authority: Authority | None = None
    problem: ChukysoError | None = None


def seal_pdf(
    data: bytes,
    key: EvidenceKey,
    order: SealOrder,
    *,
    properties: Properties,
    files: Sequence[FileInside] = (),
    stamps: Stamps | None = None,
) -> Sealed:
    """Seal a PDF. When the time stamp authority cannot be had, it is sealed without; the problem is in the result.

    Args:
        data: The PDF.
        key: What to seal with.
        order: The options, and the PIN.
        properties: What the document says of itself.
        files: Files to be attached.
        stamps: What ``find_stamps`` found; found now when it is None.

    Raises:
        ChukysoError: ``SEAL_FAILED``; ``PIN_…``, ``TOKEN_…`` and ``CERT_…`` codes.
    """
    stamps = stamps or find_stamps(order.options, key)
    try:
        output = _signed(_filled(data, key, stamps, properties, files), key, order, stamps)
    except ChukysoError as error:
        if error.code not in _STAMP_CODES:
            raise
        # The authority went away meanwhile. pyHanko asks it after the signature was made, so this is a second login
        # with the same PIN, which was just right.
        stamps = Stamps(problem=error)
        output = _signed(_filled(data, key, stamps, properties, files), key, order, stamps)
    long_term = key.validation.standing is Standing.VALID and not (stamps.authority and stamps.authority.unknown)
    return Sealed(output, stamps.client is not None, long_term, stamps.problem)


@contextlib.contextmanager
def _reporting(reason: str) -> Iterator[None]:
    """Turn what pyHanko says into ``SEAL_FAILED``."""
    try:
        yield
    except (PdfError, SigningError, ValueError) as error:
        raise ChukysoError(Code.SEAL_FAILED, f"{type(error).__name__}: {error}", reason=reason) from error


def _filled(
    data: bytes, key: EvidenceKey, stamps: Stamps, properties: Properties, files: Iterable[FileInside]
) -> IncrementalPdfFileWriter:
    """The PDF with everything that the signature is to cover."""
    with _reporting("tệp PDF không dùng được"):
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        describe(writer, properties)
        _attach(writer, files)
        _add_material(writer, key, stamps.authority)
        return writer


def _signed(writer: IncrementalPdfFileWriter, key: EvidenceKey, order: SealOrder, stamps: Stamps) -> bytes:
    path = key.validation.path
    chain = path.certificates[1:-1] if path else ()
    signer = TokenSigner(key.certificate, chain, pin_signer(key, order))
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=signer.digest_algorithm,
        reason=f"{REASON} ({REHEARSAL_MARK})" if order.options.rehearsal else REASON,
        name=key.certificate.owner,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    box = SigFieldSpec(FIELD, box=SEAL_BOX, readable_field_name="Niêm phong biên bản")
    pdf_signer = PdfSigner(
        metadata, signer, timestamper=stamps.client, stamp_style=_no_appearance(), new_field_spec=box
    )
    with _reporting("không tạo được chữ ký trong PDF"):
        return bytes(asyncio.run(pdf_signer.async_sign_pdf(writer)).getvalue())


def add_stamp(data: bytes, options: SealOptions) -> bytes:
    """Add a document time stamp, with its validation data, to a PDF that was sealed before (PAdES B-LTA).

    Raises:
        ChukysoError: ``TSA_UNREACHABLE``, ``TSA_ANSWER_INVALID``, ``SEAL_FAILED``.
    """
    client = TimeStampClient(options.tsa_url, trust_of(options))
    authority = client.authority(datetime.now(UTC), revocation_policy(options), ())
    with _reporting("không thêm được dấu thời gian vào PDF"):
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        _add_to_store(writer, authority.path, authority.answers)
        return bytes(asyncio.run(PdfTimeStamper(client).async_timestamp_pdf(writer, "sha256")).getvalue())


def find_stamps(options: SealOptions, key: EvidenceKey) -> Stamps:
    """Find out about the time stamp authority that the options name, before anything is signed."""
    kept = key.validation.path.answers if key.validation.path else ()
    if not options.tsa_url:
        return Stamps()
    try:
        client = TimeStampClient(options.tsa_url, trust_of(options))
        return Stamps(client, client.authority(datetime.now(UTC), revocation_policy(options), kept))
    except ChukysoError as error:
        if error.code not in _STAMP_CODES:
            raise
        return Stamps(problem=error)


def _attach(writer: BasePdfFileWriter, files: Iterable[FileInside]) -> None:
    # The names of a name tree are in order (ISO 32000-2, 7.9.6); pyHanko only appends.
    for file in sorted(files, key=lambda one: one.name):
        stream = embed.EmbeddedFileObject.from_file_data(
            writer, file.data, params=embed.EmbeddedFileParams(), mime_type=file.media_type
        )
        embed.embed_file(
            writer,
            embed.FileSpec(
                file_spec_string=file.name,
                file_name=file.name,
                embedded_data=stream,
                description=file.description,
                af_relationship=generic.pdf_name(f"/{file.relationship}"),
            ),
        )


def _add_material(writer: BasePdfFileWriter, key: EvidenceKey, authority: Authority | None) -> None:
    path = key.validation.path
    certificates = list(path.certificates if path else ())
    answers = list(path.answers if path else ())
    if authority:
        certificates += authority.path
        answers += authority.answers
    if certificates:
        _add_to_store(writer, certificates, answers)


def _add_to_store(
    writer: BasePdfFileWriter, certificates: Iterable[bytes], answers: Iterable[RevocationAnswer]
) -> None:
    ders = {kind: dict.fromkeys(one.der for one in answers if one.kind is kind) for kind in AnswerKind}
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(der) for der in dict.fromkeys(certificates)],
        ocsps=[asn1_ocsp.OCSPResponse.load(der) for der in ders[AnswerKind.OCSP]],
        crls=[asn1_crl.CertificateList.load(der) for der in ders[AnswerKind.CRL]],
    )


def _no_appearance() -> StaticStampStyle:
    """Nothing is drawn: the words about the seal are printed on the page, in its own type, and can be searched."""
    return StaticStampStyle(background=RawContent(b"", box=BoxConstraints(10, 10)), border_width=0)
