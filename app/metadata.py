"""Every table, with names for every constraint: what migrations compare against."""

from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

from app.accounts import tables as accounts  # noqa: E402, F401
from app.alerts import tables as alerts  # noqa: E402, F401
from app.collection import tables as collection  # noqa: E402, F401
from app.forms import tables as forms  # noqa: E402, F401
from app.indicators import tables as indicators  # noqa: E402, F401
from app.kiosks import tables as kiosks  # noqa: E402, F401
from app.receipts import tables as receipts  # noqa: E402, F401
from app.results import tables as results  # noqa: E402, F401
from app.rounds import tables as rounds  # noqa: E402, F401
from app.units import tables as units  # noqa: E402, F401

metadata = SQLModel.metadata
