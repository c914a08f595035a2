"""What ``chukyso profile pack`` writes and prints."""

from __future__ import annotations

from pathlib import Path

from chukyso.learn.pack import pack, write_pack


def show(name: str, output: Path | None, hide: list[str]) -> None:
    """Write a profile and what was seen of its portal into one text, and say what to do with it.

    Args:
        name: Name or path of the profile.
        output: The file; by default named after the profile, in the current directory.
        hide: Texts that must not be in it.

    Raises:
        ChukysoError: ``PROFILE_UNKNOWN``, ``PROFILE_INVALID``, ``OUTPUT_NOT_WRITABLE``.
    """
    made = pack(name, hide)
    target = output or Path(f"{Path(name).stem}-pack.txt")
    write_pack(made, target)
    print(f"Đã ghi {len(made.files)} phần vào {target.absolute()}: {', '.join(made.files)}")
    print("Số, ngày, địa chỉ, tên người và tên công ty nhận ra được đã được che bằng <…>.")
    print('Hãy mở ra đọc lại trước khi gửi; còn thấy tên nào thì chạy lại với --hide "TÊN".')
