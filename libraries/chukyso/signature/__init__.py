"""XML signatures and certificates: sign, verify, validate the path.

``sign.sign_xml`` makes the signature, ``verify.check_signature`` checks its shape and its mathematics,
``verify.verify_xml`` adds tax code, time, trust and revocation. Import from the modules: path validation is
slow to import and a signer does not need it.
"""
