"""The main job, end to end over real HTTP: a public post becomes a private, answered, resolved conversation.

The customer's side is driven by X's official client, the agent's by pages and forms (law 8: the sandbox is a peer).
"""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from xdk import Client

from journeys.stack import Agent, Stack, careline, running, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Stack:
    with running(tmp_path_factory.mktemp("install")) as one:
        yield one


@pytest.fixture
def agent(stack):
    one = Agent(stack)
    yield one
    one.close()


def a_photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    return file.getvalue()


def as_customer(stack: Stack, person: dict[str, str]) -> Client:
    return Client(base_url=stack.x_url, access_token=person["access_token"])


def upload(stack: Stack, person: dict[str, str]) -> str:
    import httpx

    answer = httpx.post(
        f"{stack.x_url}/2/media/upload",
        files={"media": ("parcel.jpg", a_photo(), "image/jpeg")},
        data={"media_category": "dm_image"},
        headers={"authorization": f"Bearer {person['access_token']}"},
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["data"]["id"]


def test_a_public_post_becomes_a_private_answered_resolved_conversation(stack, agent):
    rosa = stack.customer("rosa_test")
    x = as_customer(stack, rosa)
    posted = x.posts.create(body={"text": "@acme_example my parcel is three days late"}).data
    post_id = posted["id"] if isinstance(posted, dict) else posted.id

    path = until(lambda: agent.conversation_with("rosa_test"))
    agent.sends(path, "invite", text="Sorry about that! Please send us a message.", first_line="My order number is ")

    def our_answer():
        return [one for one in stack.truth()["posts"] if one["in_reply_to_id"] == post_id]

    (answer,) = until(our_answer)
    assert "Sorry about that!" in answer["text"]
    until(lambda: "Invited" in agent.page(path) or "invited" in agent.page(path))

    brand = stack.brand_id()
    x.direct_messages.create_by_participant_id(
        brand, {"text": "My order number is 4711", "attachments": [{"media_id": upload(stack, rosa)}]}
    )
    until(lambda: "4711" in agent.page(path))
    assert "my parcel is three days late" in agent.page(path)
    picture = until(lambda: re.search(r'src="(/demo/picture/[^"]+)"', agent.page(path)))
    shown = agent._http.get(picture[1])
    assert shown.status_code == 200
    assert Image.open(io.BytesIO(shown.content)).size == (64, 48)

    agent.sends(path, "private", text="Thank you, it arrives tomorrow.")
    until(lambda: any("arrives tomorrow" in one["text"] for one in stack.truth()["dms"]))
    agent.does(path, "resolve")
    assert until(lambda: agent.conversation_with("rosa_test", "resolved"))
    assert agent.conversation_with("rosa_test") == ""

    heard = [event.text for page in x.direct_messages.get_events_by_participant_id(brand) for event in page.data]
    assert any("arrives tomorrow" in (one or "") for one in heard)
    assert sum("Sorry about that!" in one["text"] for one in stack.truth()["posts"]) == 1
    assert sum("arrives tomorrow" in one["text"] for one in stack.truth()["dms"]) == 1

    # Law 1: stopped, the two logs of this install rebuild the same desk.
    stack.stop()
    before = careline(stack.state, "dump", "--canonical", "--workspace", "demo")
    assert "4711" in before
    careline(stack.state, "replay", "--workspace", "demo")
    assert careline(stack.state, "dump", "--canonical", "--workspace", "demo") == before
