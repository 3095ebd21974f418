"""Several servers count the same devices at the same time: no number is forgotten, nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor

from builders.collection import COMMUNE, an_asking_commune
from builders.kiosks import Device, a_device
from sqlmodel import col, select

from app.core.database import Database
from app.kiosks.accounting import Arrival, merge
from app.kiosks.tables import KioskRange

SERVERS, BATCHES, DEVICES = 4, 15, 3


def count(database: Database, devices: list[Device], server: int) -> None:
    """Every server takes every SERVERS-th number of every device, in an order of its own."""
    mine = devices[server % DEVICES :] + devices[: server % DEVICES]
    for batch in range(BATCHES):
        number = 1 + batch * SERVERS + server
        arrivals = [(Arrival(one.kiosk_id, one.device_id, number), True) for one in mine]
        with database.engine.connect() as connection:
            merge(connection, arrivals)
            connection.commit()


def test_servers_that_count_the_same_devices_forget_no_number(database: Database) -> None:
    with database.write() as session:
        an_asking_commune(session)
        devices = [a_device(session, COMMUNE, f"Quầy {n}") for n in range(DEVICES)]
    with ThreadPoolExecutor(SERVERS) as servers:
        list(servers.map(lambda server: count(database, devices, server), range(SERVERS)))
    with database.read() as session:
        rows = session.exec(select(KioskRange).order_by(col(KioskRange.device_id))).all()
    assert {(row.device_id, row.first, row.last) for row in rows} == {
        (device.device_id, 1, SERVERS * BATCHES) for device in devices
    }
