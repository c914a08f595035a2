"""All of BHXH Chữ ký số that does not need Robot Framework.

Direction of imports: ``agent`` uses ``token`` and ``signature``; nothing that works on a real portal imports
``sandbox``.
"""
