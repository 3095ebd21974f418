"""No name, number, address of mail or plate is left in a comment; what is no secret mostly stays readable."""

import pytest

from app.results.comments.masking import folded, mask, pieces

TITLES = ("anh",)  # stands before a name and in names
UNITS = frozenset({"việt yên", "hoàng vân", "nếnh"})
# (what somebody wrote, what must be gone)
GIVEN_AWAY = [
    ("Cán bộ Nguyễn Thị Hoa ở quầy 3 rất nhiệt tình.", "Nguyễn Thị Hoa"),
    ("Chị Hương tiếp nhận hồ sơ rất vui vẻ.", "Hương"),
    ("anh tuấn ở bộ phận một cửa nói năng khó nghe", "tuấn"),
    ("anh tuấn anh ở quầy một rất tốt", "tuấn anh"),
    ("Chị Lan Anh tận tình", "Lan Anh"),
    ("Tôi là Trần Văn Bình, mong được trả lời.", "Trần Văn Bình"),
    ("em tên lê thị ngọc ánh, hồ sơ nộp từ tháng trước", "lê thị ngọc ánh"),
    ("nguyen van nam lam viec rat tot", "nguyen van nam"),
    ("anh tuan quay 2 rat cham", "tuan"),
    ("NGUYỄN VĂN HÙNG QUẦY SỐ 5 THÁI ĐỘ KHÔNG TỐT", "HÙNG"),
    ("ANH TUẤN QUẦY 1 NÓI NHƯ QUÁT", "TUẤN"),
    ("LÊ THỊ THU HÀ LÀM TỐT", "THU HÀ"),
    ("Cảm ơn Hoa đã hướng dẫn tận tình", "Hoa"),
    ("Tuấn quầy 3 làm việc chậm", "Tuấn"),
    ("gặp Thanh Tùng ở quầy 3", "Tùng"),
    ("bà N.T.H quầy 2 hay cáu gắt", "N.T.H"),
    ("anh T. rất tốt", "T."),
    ("e Lan quầy 2 nhiệt tình lắm", "Lan"),
    ("a tuấn nói chuyện cộc lốc", "tuấn"),
    ("c.Hoa làm rất nhanh", "Hoa"),
    ("cao thị hoa tiếp tôi", "cao thị hoa"),
    ("vị cán bộ đeo thẻ ghi Pánh không chào", "Pánh"),
    ("Đồng chí Lò Văn Pánh nhiệt tình", "Pánh"),
    ("chị Giàng Thị Mỷ giúp tôi", "Mỷ"),
    ("ông Y Thông Kpă hướng dẫn", "Kpă"),
    ("Nhân viên lễ tân tên Thảo rất dễ thương", "Thảo"),
    ("em gái tiếp nhận hồ sơ tên là mỹ duyên cực kỳ nhiệt tình", "mỹ duyên"),
    ("Cám ơn cô Sáu ở bộ phận một cửa", "Sáu"),
    ("phó chủ tịch phường Trần Quang Khải ký chậm", "Trần Quang Khải"),
    ("Lê Minh Tuấn và Vũ Hà My cùng làm rất tốt", "Vũ Hà My"),
    ("Kính gửi Chủ tịch Nguyễn Văn Long", "Long"),
    ("con trai tôi tên Gia Bảo làm căn cước bị sai", "Gia Bảo"),
    ("N.V.Tuấn quầy 4", "Tuấn"),
    ("Mr. John Smith at counter 2 was very helpful", "John Smith"),
    ("My name is Anna Kowalska and I waited two hours", "Kowalska"),
    ("Dossier of Nguyen Thi Lan Huong is late", "Nguyen Thi Lan Huong"),
    ("facebook Tuan Anh Nguyen", "Tuan Anh Nguyen"),
    ("nick zalo Hoa Hồng Nhỏ", "Hoa Hồng Nhỏ"),
    ("Nguye\u0302\u0303n Thị Hoa làm tốt", "Thị Hoa"),
    ("Ngu\u200byễn Thị H\u200boa làm tốt", "Thị Hoa"),
    ("số điện thoại 0912 345 678, mong được trả lời", "345"),
    ("Sđt của tôi 0987.654.321, gọi lại giúp.", "654"),
    ("Liên hệ +84 912 345 678", "912"),
    ("gọi (024) 3825-1234", "3825"),
    ("0 9 1 2 3 4 5 6 7 8 gọi tôi", "3 4"),
    ("o912345678 gọi nhé", "2345"),
    ("số tôi là 0936-112-233", "112"),
    ("ＳĐＴ ０９１２３４５６７８", "345"),
    ("không chín một hai ba bốn năm sáu bảy tám là số của tôi", "ba bốn"),
    ("khong chin mot hai ba bon nam sau bay tam", "ba bon"),
    ("cccd 024085001234 bị sai ngày sinh", "0850"),
    ("CMND số 121 456 789 đã nộp hai lần", "456"),
    ("hộ chiếu B1234567", "1234"),
    ("sinh ngày 12/03/1985 bị ghi sai", "1985"),
    ("đã chuyển vào tài khoản 19034567890123", "0345"),
    ("email binh.tran@gmail.com", "binh.tran"),
    ("lan_huong88@yahoo.com.vn nhé", "huong88"),
    ("lanhuong a còng gmail chấm com", "lanhuong"),
    ("viết cho tuan99 at gmail dot com", "tuan99"),
    ("https://www.facebook.com/tuan.nguyen.99", "tuan"),
    ("Xe biển số 99H1-123.45 để ở sân bị xước", "123.45"),
    ("xe 29A 12345 chắn lối", "12345"),
    ("bs 24B1 567.89 đỗ trước cổng", "567"),
    ("biển 80-NG-123-45 đỗ chắn lối", "123"),
    ("Hồ sơ H05.13.21-250512-0013 chưa có kết quả", "250512"),
    ("mã 000.00.24.H05-260912-0045 chưa trả", "260912"),
    ("Nhà tôi ở số nhà 12 ngõ 5 đường Lê Lợi", "12"),
    ("số 0912 ba bốn năm 678, gọi lại cho tôi", "0912"),
    ("số 0912 ba bốn năm 678, gọi lại cho tôi", "ba bốn"),
    ("gọi không chín 12 345 sáu bảy tám", "345"),
    ("0912 345 sáu bảy 8", "0912"),
    ("NguyenThiHoa nhân viên quầy 2", "NguyenThiHoa"),
    ("NguyễnThịHoa làm tốt", "NguyễnThịHoa"),
    ("nguyenthihoa lam tot", "nguyenthihoa"),
    ("TranVanBinh quay 3", "TranVanBinh"),
    ("thi hoa o quay 2", "hoa"),
    ("thị hoa ở quầy 2 rất tốt", "hoa"),
    ("Trung làm việc tốt", "Trung"),
    ("Tôi chờ lâu. Thanh hướng dẫn lại từ đầu", "Thanh"),
    ("Hải rất nhiệt tình", "Hải"),
    ("Trung lam viec tot", "Trung"),
    ("tuananh chấm ng gmail", "tuananh"),
    ("tuananh99 gmail nhé", "tuananh99"),
    ("tuananh a còng gmail chấm com", "tuananh"),
]
HARMLESS = [
    "Bình thường, không có gì để góp ý",
    "Minh bạch và nhanh chóng",
    "Phải chờ lâu, chỉ có 2 ghế, quạt hỏng",
    "Thủ tục đơn giản, lệ phí 50.000 đồng là hợp lý",
    "Nộp ngày 12/09/2026 hẹn trả 20/09/2026 mà chưa có",
    "Ủy ban nhân dân phường Việt Yên phục vụ tốt",
    "UBND xã Hoàng Vân cần thêm ghế ngồi",
    "CÁN BỘ RẤT NHIỆT TÌNH, HƯỚNG DẪN TẬN TÌNH",
    "Cán Bộ Rất Nhiệt Tình Và Thân Thiện",
    "anh chị cán bộ rất thân thiện",
    "Ông bà già phải leo tầng 2",
    "Cổng Dịch vụ công hay lỗi, VNeID không vào được",
    "Phạm vi giải quyết chưa rõ, vi phạm thời hạn",
    "Trần nhà dột, đỗ xe khó",
    "Tôi rất hài lòng với thái độ của công chức",
    "Đề nghị tăng cường cán bộ vào sáng thứ Hai",
    "Đi lại nhiều lần, văn bản không rõ",
    "Chờ hơn một tiếng mới đến lượt, chỉ mở một quầy.",
    "can bo huong dan nhiet tinh, khong phai cho lau",
    "A long wait, and no chair",
    "Trung tâm làm việc tốt, thanh toán nhanh",
    "Dân hỏi không ai trả lời",
    "Công chức hướng dẫn nhiệt tình, công an tiếp dân chậm",
    "Được hướng dẫn tận tình. Cần giải thích rõ hơn",
    "Sáng làm việc muộn, chiều nghỉ sớm",
    "từ năm 2024, năm 2025, năm 2026 đều tốt",
    "Chờ từ 7 giờ 30 đến 11 giờ, hai ba lần",
    "Gửi qua gmail không được, VNeID lỗi",
    "thi hành công vụ ở quầy 2 tốt",
    "thi hanh cong vu o quay 2 tot",
]


def shown(masked: str) -> str:
    return "".join(piece.text or f"[{piece.kind}]" for piece in pieces(masked))


@pytest.mark.parametrize(("said", "secret"), GIVEN_AWAY, ids=[said[:40] for said, _ in GIVEN_AWAY])
def test_nothing_of_a_person_is_left_in_a_comment(said: str, secret: str) -> None:
    masked = mask(said, UNITS)
    left = shown(masked).lower()
    assert secret.lower() not in left
    assert all(len(word) < 3 or word in TITLES or word not in left.split() for word in secret.lower().split())
    assert any(piece.kind for piece in pieces(masked))


@pytest.mark.parametrize("said", HARMLESS)
def test_what_gives_nobody_away_stays_as_it_was_said(said: str) -> None:
    assert shown(mask(said, UNITS)) == said


def test_a_search_cannot_find_what_is_hidden() -> None:
    hidden = folded(mask("Chị Hương quầy 3, số 0912345678, rất chậm", UNITS))
    assert "huong" not in hidden
    assert "0912" not in hidden
    assert "quay 3" in hidden


def test_our_own_signs_cannot_be_smuggled_in() -> None:
    assert pieces(mask("\ue001\ue002 rất tốt")) == pieces(mask("rất tốt"))
