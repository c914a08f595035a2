"""Keywords that compare what a screen shows with the token and with the operator's expectations."""

from __future__ import annotations

from dataclasses import fields

from robot.api.deco import keyword

from chukyso.certificate import Certificate, NotASerialError, ShownCertificate, read_serial
from chukyso.errors import ChukysoError, Code
from chukyso.portal.review import ShownContact, review_certificate, review_contact
from PortalLibrary.page import PageKeywords
from PortalLibrary.run import Run


class ReviewKeywords:
    """Review before anything is ticked or pressed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._page = PageKeywords(run)

    @keyword(tags=["Review"])
    def read_shown_certificate(self, within: str = "") -> ShownCertificate:
        """Return the certificate that the page shows.

        - ``within``: ``page.element`` that holds it (``form.registered``, ``form.new``); the whole page when empty.

        ```robotframework
        ${certificate}    Read Shown Certificate    form.registered
        ```
        """
        names = [f"certificate.{field.name}" for field in fields(ShownCertificate)]
        return ShownCertificate(*self._page.read_texts(*names, within=within))

    @keyword(tags=["Review"])
    def read_shown_contact(self) -> ShownContact:
        """Return the contact e-mail and phone that the form would submit.

        ```robotframework
        ${contact}    Read Shown Contact
        Record Contact    ${contact.email}    ${contact.phone}
        ```
        """
        return ShownContact(self._page.read("form.email"), self._page.read("form.phone"))

    @keyword(tags=["Review"])
    def review_form(self, new: Certificate, registered_serial: str) -> ShownContact:
        """Check the whole form before anything is ticked, and return its contact data.

        A portal whose profile says that the form does not show the new certificate (``form.new`` is empty) is not asked
        for it: the signer's window shows it.

        - ``new``: the certificate on the token that is to be registered.
        - ``registered_serial``: serial that the form showed as registered when the certificate was chosen.

        Fails with ``REVIEW_MISMATCH`` or ``CONTACT_MISMATCH``.

        ```robotframework
        ${contact}    Review Form    ${choice.certificate}    ${registered}
        ```
        """
        registered = self.read_serial("certificate.serial", within="form.registered")
        if registered != registered_serial:
            raise ChukysoError(
                Code.REVIEW_MISMATCH,
                field="chứng thư số đang đăng ký",
                found=registered,
                expected=registered_serial,
            )
        if self._run.profile.knows("form.new"):
            review_certificate(self.read_shown_certificate("form.new"), new)
        contact: ShownContact = self.read_shown_contact()
        review_contact(contact, self._run.options.contact_email, self._run.options.contact_phone)
        return contact

    @keyword(tags=["Review"])
    def read_serial(self, element: str, *, within: str = "") -> str:
        """Return the serial that the page shows, normalised.

        - ``element``: ``page.element``.
        - ``within``: ``page.element`` in which to look.

        Fails with ``SERIAL_UNREADABLE``.

        ```robotframework
        ${registered}    Read Serial    certificate.serial    within=form.registered
        ```
        """
        found = self._page.read(element, within=within)
        try:
            return read_serial(found)
        except NotASerialError as error:
            detail = f"{element}: {found!a}"
            raise ChukysoError(Code.SERIAL_UNREADABLE, detail, found=found, reason=str(error)) from error
