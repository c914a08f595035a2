"""Keywords about the portal's own signing client, as far as the browser is concerned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from robot.api import logger
from robot.api.deco import keyword

from chukyso.run.options import RunOptions
from PortalLibrary.opening import user_data
from PortalLibrary.run import Run


class ClientKeywords:
    """Where its extension is, and whether it is whole."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @keyword(tags=["Setup"])
    def check_signing_client(self) -> None:
        """Check that the extension and the native host that the profile names are installed and may work.

        What the profile does not name cannot be checked: the log says so. Nothing is started.

        Fails with ``CLIENT_MISSING``, ``BROWSER_DATA_MISSING``.

        ```robotframework
        Check Signing Client
        Open Browser For Run
        ```
        """
        signer, directory = self._run.profile.signer, user_data(self._run)
        if not (signer.extension or signer.host):
            logger.info("The profile names neither extension nor native host: whether they are there is not known")
            return
        # Every run imports this library, and few have such a client.
        from chukyso.client.inspect import Where, inspect  # noqa: PLC0415
        from chukyso.signer.preflight import refuse_missing_parts  # noqa: PLC0415

        site = urlsplit(self._run.options.portal_url).hostname or ""
        found = inspect(site, Where(user_data=(directory,)), windows=False)
        refuse_missing_parts(found, extension=signer.extension, host=signer.host)

    @keyword(tags=["Browser"])
    def get_browser_data_directory(self) -> str:
        """Return the data directory that the run's browser has when it keeps the portal's signing extension.

        Fails with ``BROWSER_DATA_MISSING``.

        ```robotframework
        ${directory}    Get Browser Data Directory
        ```
        """
        return str(user_data(self._run))

    @keyword(tags=["Setup"])
    def use_signing_client(self, extension: Path, folder: str) -> RunOptions:
        """Let the run's browser load the extension of a client that the run brings along, and return the options.

        - ``extension``: folder of the extension.
        - ``folder``: what stands for ``%SANDBOX_CLIENT%`` in the profile's windows.

        ```robotframework
        ${run}    Use Signing Client    ${client.extension}    ${client.folder}
        ```
        """
        self._run.options = replace(self._run.options, client_extension=str(extension), client_folder=folder)
        return self._run.options
