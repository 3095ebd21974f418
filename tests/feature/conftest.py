"""Where many features start: a commune that asks, and a kiosk that is connected there."""

import pytest
from builders.collection import COMMUNE, Asking, an_asking_commune
from builders.kiosks import Device, a_device

from app.core.database import Database


@pytest.fixture
def asking(database: Database) -> Asking:
    with database.write() as session:
        return an_asking_commune(session)


@pytest.fixture
def device(database: Database, asking: Asking) -> Device:
    with database.write() as session:
        return a_device(session, COMMUNE)
