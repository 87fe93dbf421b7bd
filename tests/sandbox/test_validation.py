"""What X does about a registered webhook as days go by: it challenges it again, and gives it up if it fails."""

from __future__ import annotations

import pytest

from sandbox.desk import desk_in
from sandbox.receiver import eventually, receiving

NOON = 1_790_000_000
HOUR = 3600


class Days:
    """A desk with a webhook in a local X whose clock is moved by the hour."""

    def __init__(self, local, receiver):
        self.x, self.receiver = local, receiver
        self.to(0)
        self.desk = desk_in(local, receiver).cares(["post.mention.create"])

    def to(self, hours):
        self.x.control("clock", sim=NOON + hours * HOUR, rate=0)

    def valid(self):
        return self.desk.bearer.get("/2/webhooks").json()["data"][0]["valid"]

    def becomes_invalid(self):
        return eventually(lambda: not self.valid())

    def is_asked(self, times):
        return eventually(lambda: len(self.receiver.tokens) >= times)

    def mention(self, text):
        self.x.control("posts", author=self.customer.username, text=f"@{self.desk.brand.username} {text}")

    @property
    def customer(self):
        if not hasattr(self, "_customer"):
            self._customer = self.x.person("cust")
        return self._customer


@pytest.fixture
def days(start_x, tmp_path):
    path = tmp_path / "clock.json"
    path.write_text(f'{{"anchor_real": 0, "anchor_sim": {NOON}, "rate": 0}}')
    with receiving() as receiver:
        yield Days(start_x("--state", str(tmp_path / "x.db"), clock=path), receiver)


def test_a_webhook_is_challenged_again_after_a_day_and_stays_valid(days):
    days.to(25)
    days.is_asked(2)
    days.mention("still with us?")
    days.receiver.wait_for(1)
    days.to(49.5)
    days.is_asked(3)
    assert days.valid()
    assert len(set(days.receiver.tokens)) == len(days.receiver.tokens) == 3, "none within a day of the last"


@pytest.mark.parametrize("trouble", ["wrong secret", "redirect"])
def test_a_wrong_answer_ends_deliveries_at_once_until_a_put_passes(days, trouble):
    if trouble == "redirect":
        days.receiver.crc_status = 302
    else:
        days.receiver.secret = "forgotten"
    days.to(25)
    days.becomes_invalid()
    days.mention("lost")
    assert days.desk.told() == []
    days.receiver.crc_status, days.receiver.secret = 200, days.desk.app["consumer_secret"]
    assert days.desk.bearer.put(f"/2/webhooks/{days.desk.webhook_id}").json() == {"data": {"valid": True}}
    days.mention("heard")
    (event,) = days.receiver.wait_for(1)
    assert event["payload"]["text"].endswith("heard")


def test_passing_trouble_is_borne_for_hours_and_lasting_trouble_is_not(days):
    days.receiver.crc_status = 503
    days.to(24.5)
    days.is_asked(2)
    days.mention("they answer deliveries all the same")
    days.receiver.wait_for(1)
    days.to(26)
    days.is_asked(3)
    assert days.valid()
    days.receiver.crc_status = 200
    days.to(27)
    days.is_asked(4)
    days.receiver.crc_status = 503
    days.to(52)
    days.is_asked(5)
    assert days.valid(), "failing anew"
    days.to(56.5)
    days.becomes_invalid()


def test_what_waits_for_another_try_is_dropped_with_the_webhook(days):
    days.receiver.status = 500
    days.mention("try again")
    days.receiver.wait_for(1)
    days.receiver.crc_status = 302
    days.desk.bearer.put(f"/2/webhooks/{days.desk.webhook_id}")
    days.to(1)
    counts = eventually(lambda: dropped(days))
    assert (counts["delivered"], counts["unsettled"], len(days.receiver.got)) == (0, 0, 1)


def dropped(days):
    counts = days.x.http.get("/_sandbox/deliveries").json()["webhooks"][days.desk.webhook_id]
    return counts if counts["dropped"] else None


def test_a_restart_knows_when_it_was_last_passed(days, start_x, tmp_path):
    days.x.process.terminate()
    days.x.process.wait(timeout=10)
    days.receiver.crc_status = 302
    path = tmp_path / "clock.json"
    path.write_text(f'{{"anchor_real": 0, "anchor_sim": {NOON + 25 * HOUR}, "rate": 0}}')
    again = start_x("--state", str(tmp_path / "x.db"), clock=path)
    app = again.bearer(days.desk.app["bearer_token"])
    eventually(lambda: app.get("/2/webhooks").json()["data"][0]["valid"] is False)
