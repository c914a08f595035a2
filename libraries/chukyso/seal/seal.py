"""Sealing a PDF: attachments, validation data, and one PAdES signature over all of it, time-stamped if there can be.

What is needed to validate the signature long after (certificates, CRL, OCSP answers, of the signer and of the time
stamp authority) is put in *before* the signature is made, so that it covers the whole file and nothing has to be added
to it: profile B-LT of ETSI EN 319 142-1 in one revision. See ``docs/decisions/0014-sealed-pdf.md``.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

import tzlocal  # pyHanko brings it along
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from chukyso.errors import ChukysoError, Code
from chukyso.moment import VIETNAM
from chukyso.seal.key import EvidenceKey, pin_signer, revocation_policy, trust_of
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.seal.page import REHEARSAL_MARK
from chukyso.seal.stamps import Authority, TimeStampClient
from chukyso.signature.presign import ValidationStatus
from chukyso.signature.token_signer import TokenSigner
from chukyso.signature.trust import AnswerKind, RevocationAnswer
from chukyso.token.verification import scheme_of

_STAMP_CODES: Final = frozenset({Code.TSA_UNREACHABLE, Code.TSA_ANSWER_INVALID})
FIELD: Final = "NiemPhong"
REASON: Final = "Niêm phong biên bản cập nhật chữ ký số"
_INVISIBLE: Final = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
"""PDF/A forbids hidden annotations, and wants them printed or without a place (ISO 19005-3, 6.3.2 and 6.3.3); PDF/UA
wants each that is neither hidden nor outside the page to be tagged (ISO 14289-1, 7.18.1): so it is outside."""


class _Writer(IncrementalPdfFileWriter):
    """Adds to a PDF and leaves its metadata as it is: the document does not change by being sealed.

    pyHanko would write the XMP packet anew, in another form than the one in which PDF/A describes its schemas
    (ISO 19005-3, 6.6.2.3.3), and change dates and producer in one of the two places where they stand.
    """

    def _update_meta(self) -> None:
        pass


def _zone() -> tzinfo:
    return VIETNAM


# pyHanko asks the machine for its time zone, and not every machine can tell: TZ=ICT-7, a container without zone data.
tzlocal.get_localzone = _zone  # type: ignore[assignment]  # a zone without a name will do


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
    stamps: Stamps | None = None,
) -> Sealed:
    """Seal a PDF. When the time stamp authority cannot be had, it is sealed without; the problem is in the result.

    Args:
        data: The PDF, with everything in it that is to be sealed.
        key: What to seal with.
        order: The options, and the PIN.
        stamps: What ``find_stamps`` found; found now when it is None.

    Raises:
        ChukysoError: ``SEAL_FAILED``; ``PIN_…``, ``TOKEN_…`` and ``CERT_…`` codes.
    """
    stamps = stamps or find_stamps(order.options, key)
    try:
        output = _signed(_filled(data, key, stamps), key, order, stamps)
    except ChukysoError as error:
        if error.code not in _STAMP_CODES:
            raise
        # The authority went away meanwhile. pyHanko asks it after the signature was made, so this is a second login
        # with the same PIN, which was just right.
        stamps = Stamps(problem=error)
        output = _signed(_filled(data, key, stamps), key, order, stamps)
    answered = key.validation.standing is ValidationStatus.VALID
    long_term = answered and not (stamps.authority and stamps.authority.unknown)
    return Sealed(output, stamps.client is not None, long_term, stamps.problem)


@contextlib.contextmanager
def _reporting(reason: str) -> Iterator[None]:
    """Turn what pyHanko says into ``SEAL_FAILED``."""
    try:
        yield
    except (PdfError, SigningError, ValueError) as error:
        raise ChukysoError(Code.SEAL_FAILED, f"{type(error).__name__}: {error}", reason=reason) from error


def _filled(data: bytes, key: EvidenceKey, stamps: Stamps) -> IncrementalPdfFileWriter:
    """The PDF with everything that the signature is to cover."""
    with _reporting("tệp PDF không dùng được"):
        writer = _Writer(io.BytesIO(data))
        _add_material(writer, key, stamps.authority)
        return writer


def _signed(writer: IncrementalPdfFileWriter, key: EvidenceKey, order: SealOrder, stamps: Stamps) -> bytes:
    path = key.validation.path
    chain = path.certificates[1:-1] if path else ()
    scheme = scheme_of(key.certificate)
    signer = TokenSigner(key.certificate, chain, pin_signer(key, order), scheme)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=scheme.hash.value,
        reason=f"{REASON} ({REHEARSAL_MARK})" if order.options.rehearsal else REASON,
        name=key.certificate.owner,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    field = SigFieldSpec(FIELD, readable_field_name="Niêm phong biên bản", invis_sig_settings=_INVISIBLE)
    pdf_signer = PdfSigner(metadata, signer, timestamper=stamps.client, new_field_spec=field)
    with _reporting("không tạo được chữ ký trong PDF"):
        return bytes(asyncio.run(pdf_signer.async_sign_pdf(writer)).getvalue())


def add_stamp(data: bytes, options: SealOptions) -> bytes:
    """Add a document time stamp, with its validation data, to a PDF that was sealed before (PAdES B-LTA).

    Raises:
        ChukysoError: ``TSA_UNREACHABLE``, ``TSA_ANSWER_INVALID``, ``SEAL_FAILED``.
    """
    client = TimeStampClient(options.tsa_url, trust_of(options))
    authority = client.authority(datetime.now(UTC), revocation_policy(options), ())
    stamper = PdfTimeStamper(client, invis_settings=_INVISIBLE, readable_field_name="Dấu thời gian")
    with _reporting("không thêm được dấu thời gian vào PDF"):
        writer = _Writer(io.BytesIO(data))
        _add_to_store(writer, authority.path, authority.answers)
        return bytes(asyncio.run(stamper.async_timestamp_pdf(writer, "sha256")).getvalue())


def find_stamps(options: SealOptions, key: EvidenceKey) -> Stamps:
    """Find out about the time stamp authority that the options name, before anything is signed."""
    answers = key.validation.path.answers if key.validation.path else ()
    if not options.tsa_url:
        return Stamps()
    try:
        client = TimeStampClient(options.tsa_url, trust_of(options))
        return Stamps(client, client.authority(datetime.now(UTC), revocation_policy(options), answers))
    except ChukysoError as error:
        if error.code not in _STAMP_CODES:
            raise
        return Stamps(problem=error)


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
