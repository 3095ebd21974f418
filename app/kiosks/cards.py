"""The card beside a kiosk, A5: what it is, that it is anonymous, what its screen means, whom to call."""

from pathlib import Path

from app.core.config import settings
from app.core.errors import Invalid
from app.core.typesetting import pdf_of

TEMPLATE = Path(__file__).parent / "card.typ"
LONGEST_CALL = 120
CITIZENS = (
    "Chạm vào màn hình để cho biết ông/bà hài lòng đến đâu với lần phục vụ hôm nay. Khoảng một phút; có thể "
    "bỏ qua câu hỏi, gửi lúc nào cũng được.",
    "Ẩn danh: không hỏi tên, không lưu hình, không ghi âm. Cán bộ không xem được câu trả lời của từng người.",
    "Máy nào có máy quét hoặc nút Quét giấy hẹn: có thể đưa mã in trên giấy hẹn ra quét. Mã chỉ cho biết thủ "
    "tục, không cho biết ông/bà là ai.",
    "Có nút chữ lớn, tương phản cao, tiếng Anh; máy nào có giọng đọc thì có nút đọc to.",
)
STATES = (
    ("Năm khuôn mặt", "Máy sẵn sàng. Mất mạng vẫn trả lời được: câu trả lời được giữ lại và gửi sau."),
    (
        "Nền tối, hình trăng",
        "Ngoài giờ làm việc, máy nghỉ. Chạm vào là dùng được; không cần tắt máy.",
    ),
    (
        "Hình cảnh báo hoặc hình máy, chỉ có chữ",
        "Máy tạm không nhận câu trả lời. Không tắt máy, không xóa dữ liệu trình duyệt; gọi số dưới đây.",
    ),
)
NOBODY = "Họ tên, số điện thoại: " + "." * 50


def card(unit_name: str, *, call: str = "") -> bytes:
    """The PDF; `call` is who helps, such as a name and a number: a dotted line where none is given."""
    told = " ".join(call.split())
    if len(told) > LONGEST_CALL:
        raise Invalid(
            "longer than {max_length} characters", where="call", remedy="shorten it", max_length=LONGEST_CALL
        )
    shown = {
        "title": "Ông/bà hài lòng không?",
        "unit": unit_name,
        "citizens": CITIZENS,
        "states_title": "Màn hình đang cho biết gì",
        "states": STATES,
        "call_title": "Khi máy cần người giúp",
        "call": told or NOBODY,
        "foot": f"Lau màn hình bằng khăn mềm hơi ẩm, không xịt nước vào máy. {settings().link_base}",
    }
    return pdf_of(TEMPLATE, "card", shown)
