"""The official client, xdk, drives the sandbox: posts, messages, images and people (x-platform 12.1).

It is made from X's own description of August 2026, so it asks in the new spelling and is answered in it.
"""

from __future__ import annotations

import base64
import io

import pytest
import requests
from PIL import Image
from xdk import Client
from xdk.direct_messages.models import CreateByParticipantIdRequest
from xdk.media.models import UploadRequest
from xdk.posts.models import CreateRequest


@pytest.fixture
def xdk_for(x):
    """An xdk client with a person's OAuth 2.0 token, pointed at the sandbox."""
    opened = []

    def make(person):
        client = Client(base_url=x.url, access_token=person.tokens["access_token"])
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.session.close()


@pytest.fixture
def people(x):
    return x.person("brand", app=x.app()), x.person("cust")


def test_a_complaint_is_posted_found_and_answered(people, xdk_for):
    brand, customer = people
    phone, desk = xdk_for(customer), xdk_for(brand)
    asked = phone.posts.create(CreateRequest(text=f"@{brand.username} no signal since noon")).data
    page = next(
        desk.users.get_mentions(
            brand.id,
            post_fields=["created_at", "conversation_id", "entities"],
            expansions=["author_id", "referenced_posts"],
            user_fields=["username"],
        )
    )
    (found,) = page.data
    assert (found.id, found.author_id) == (asked.id, customer.id)
    assert found.edit_history_post_ids == [asked.id]
    assert page.includes.users[0].username == customer.username
    answer = desk.posts.create(
        CreateRequest(
            text="Please write to us",
            reply={"in_reply_to_tweet_id": asked.id},
            direct_message_deep_link=f"https://x.com/messages/compose?recipient_id={brand.id}",
        )
    ).data
    shown = phone.posts.get_by_id(answer.id, post_fields=["entities"], expansions=["referenced_posts"])
    assert shown.data.referenced_posts[0].id == asked.id
    assert shown.includes.posts[0].id == asked.id
    assert shown.data.entities.urls[0].expanded_url.endswith(f"recipient_id={brand.id}")
    assert desk.posts.delete(answer.id).data.deleted is True
    found_again = next(desk.posts.search_recent(query=f"conversation_id:{asked.id}"))
    assert [post.id for post in found_again.data] == [asked.id]


def test_messages_with_an_image_go_both_ways(people, xdk_for):
    brand, customer = people
    phone, desk = xdk_for(customer), xdk_for(brand)
    picture = io.BytesIO()
    Image.new("RGB", (8, 6)).save(picture, "PNG")
    content = base64.b64encode(picture.getvalue()).decode()
    media_id = phone.media.upload(UploadRequest(media=content, media_category="dm_image")).data.id
    body = {"text": "my receipt", "attachments": [{"media_id": media_id}]}
    sent = phone.direct_messages.create_by_participant_id(brand.id, CreateByParticipantIdRequest(**body)).data
    answer = desk.direct_messages.create_by_conversation_id(sent.dm_conversation_id, {"text": "Got it"}).data
    page = next(
        desk.direct_messages.get_events(
            dm_event_fields=["id", "text", "event_type", "created_at", "dm_conversation_id", "attachments"],
            expansions=["sender_id", "attachments.media_keys"],
            media_fields=["url"],
        )
    )
    assert [event.id for event in page.data] == [answer.dm_event_id, sent.dm_event_id]
    assert [event.sender_id for event in page.data] == [brand.id, customer.id]
    dm_id, upload_id, resource = page.includes.media[0].url.rsplit("/", 3)[1:]
    assert (dm_id, upload_id) == (sent.dm_event_id, media_id)
    path = f"/2/dm_conversations/media/{dm_id}/{upload_id}/{resource}"
    assert brand.get(path).content == picture.getvalue()
    assert phone.direct_messages.delete_events(sent.dm_event_id).data.deleted is True


def test_its_generators_walk_all_pages(people, xdk_for):
    brand, customer = people
    desk = xdk_for(brand)
    made = [customer.writes_to(brand, f"{number}").json()["data"]["dm_event_id"] for number in range(7)]
    for pages in (
        desk.direct_messages.get_events(max_results=3),
        desk.direct_messages.get_events_by_participant_id(customer.id, max_results=3),
    ):
        assert [event.id for page in pages for event in page.data] == made[::-1]


def test_it_finds_people(people, xdk_for):
    brand, customer = people
    desk = xdk_for(brand)
    assert desk.users.get_me().data.id == brand.id
    found = desk.users.get_by_username(customer.username, user_fields=["receives_your_dm", "protected"]).data
    assert (found.id, found.receives_your_dm, found.protected) == (customer.id, True, False)
    assert desk.users.get_by_ids([brand.id, customer.id]).data[1].username == customer.username


def test_refusals_reach_it_with_xs_words(people, xdk_for):
    brand, customer = people
    complaint = customer.says("nobody is named here")
    with pytest.raises(requests.HTTPError) as refused:
        body = {"text": "Hello", "reply": {"in_reply_to_tweet_id": complaint["id"]}}
        xdk_for(brand).posts.create(CreateRequest(**body))
    assert refused.value.response.status_code == 403
    assert "you have not been mentioned" in refused.value.response.json()["detail"]
