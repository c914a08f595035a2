"""The windows of a portal's own client, as its profile describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chukyso.portal.profile import Profile
from chukyso.portal.windows import ClientWindow
from chukyso.signer.native_window import KnownWindow


@dataclass(frozen=True)
class ClientWindows:
    """The client's windows, as the profile knows them.

    Attributes:
        certificate: Where the certificate is chosen.
        pin: Where the PIN is given.
        message: Where client or token say what is wrong.
    """

    certificate: Sequence[KnownWindow]
    pin: Sequence[KnownWindow]
    message: Sequence[KnownWindow] = ()


def client_windows(profile: Profile, folders: Mapping[str, str]) -> ClientWindows:
    """The windows that a profile describes.

    Args:
        profile: The portal's profile.
        folders: What stands for ``%NAME%`` in their folders beside Windows' own variables.
    """

    def known(windows: Mapping[str, ClientWindow], what: str, *, has_pin: bool = False) -> tuple[KnownWindow, ...]:
        return tuple(
            KnownWindow(window.rule(f"{what} “{name}”", folders, has_pin=has_pin), window.columns)
            for name, window in windows.items()
        )

    return ClientWindows(
        known(profile.certificate_windows, "cửa sổ chứng thư số"),
        known(profile.pin_windows, "cửa sổ mã PIN", has_pin=True),
        known(profile.message_windows, "cửa sổ thông báo"),
    )
