"""Private messages as a client of X's API meets them."""

from __future__ import annotations

import pytest

NO_DM = "You do not have permission to DM one or more participants."
ALL_FIELDS = "id,text,event_type,created_at,dm_conversation_id,sender_id,attachments,entities,referenced_tweets"


@pytest.fixture
def brand(x):
    return x.person("brand", app=x.app())


@pytest.fixture
def customer(x):
    return x.person("cust")


def events(person, path="/2/dm_events", **params):
    response = person.get(path, **{"dm_event.fields": ALL_FIELDS, **params})
    assert response.status_code == 200, response.text
    return response.json()


def texts(body):
    return [event["text"] for event in body.get("data", [])]


def test_a_message_opens_a_conversation_that_both_see(brand, customer):
    made = customer.writes_to(brand, "My order is 12")
    assert made.status_code == 201
    data = made.json()["data"]
    pair = "-".join(sorted((brand.id, customer.id), key=int))
    assert data == {"dm_conversation_id": pair, "dm_event_id": data["dm_event_id"]}
    for person in (brand, customer):
        (event,) = events(person)["data"]
        assert event["created_at"].endswith("Z")
        assert {key: event[key] for key in event if key != "created_at"} == {
            "id": data["dm_event_id"],
            "event_type": "MessageCreate",
            "text": "My order is 12",
            "dm_conversation_id": pair,
            "sender_id": customer.id,
        }


def test_without_asking_an_event_has_three_keys(brand, customer):
    made = customer.writes_to(brand, "hi").json()["data"]
    expected = {"id": made["dm_event_id"], "event_type": "MessageCreate", "text": "hi"}
    assert brand.get("/2/dm_events").json() == {"data": [expected], "meta": {"result_count": 1}}
    assert brand.get(f"/2/dm_events/{made['dm_event_id']}").json() == {"data": expected}


def test_an_answer_goes_into_the_conversation_by_its_id(brand, customer):
    pair = customer.writes_to(brand, "hi").json()["data"]["dm_conversation_id"]
    answer = brand.post(f"/2/dm_conversations/{pair}/messages", {"text": "hello"})
    assert answer.json()["data"]["dm_conversation_id"] == pair
    for path in (f"/2/dm_conversations/{pair}/dm_events", f"/2/dm_conversations/with/{brand.id}/dm_events"):
        assert texts(events(customer, path)) == ["hello", "hi"]


def test_nobody_writes_into_or_reads_other_peoples_conversations(brand, customer, x):
    made = customer.writes_to(brand, "secret").json()["data"]
    stranger = x.person("nosy")
    path = f"/2/dm_conversations/{made['dm_conversation_id']}"
    assert stranger.post(f"{path}/messages", {"text": "hi"}).status_code == 403
    assert stranger.get(f"{path}/dm_events").status_code == 403
    assert stranger.get(f"/2/dm_events/{made['dm_event_id']}").json().keys() == {"errors"}
    assert events(stranger) == {"meta": {"result_count": 0}}


def test_lists_page_both_ways_and_hold_only_their_own_conversation(brand, customer, x):
    other = x.person("other")
    other.writes_to(brand, "from another")
    for number in range(5):
        assert customer.writes_to(brand, f"c{number}").status_code == 201
    path = f"/2/dm_conversations/with/{customer.id}/dm_events"
    first = events(brand, path, max_results=2)
    second = events(brand, path, max_results=2, pagination_token=first["meta"]["next_token"])
    third = events(brand, path, max_results=2, pagination_token=second["meta"]["next_token"])
    assert [texts(page) for page in (first, second, third)] == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert "next_token" not in third["meta"]
    back = events(brand, path, max_results=2, pagination_token=third["meta"]["previous_token"])
    assert texts(back) == ["c2", "c1"]
    assert texts(events(brand)) == ["c4", "c3", "c2", "c1", "c0", "from another"]


def test_event_types_filter_and_unknown_ones_are_refused(brand, customer):
    customer.writes_to(brand, "hi")
    assert texts(events(brand, event_types="MessageCreate,ParticipantsJoin")) == ["hi"]
    assert events(brand, event_types="ParticipantsLeave") == {"meta": {"result_count": 0}}
    assert brand.get("/2/dm_events", event_types="Typing").status_code == 400


def test_messages_older_than_30_days_are_out_of_reach(start_x, tmp_path):
    local = start_x(clock=tmp_path / "clock.json")
    local.control("clock", sim=1_790_000_000, rate=0)
    brand, customer = local.person("brand"), local.person("cust")
    customer.writes_to(brand, "long ago")
    token = {"app_id": brand.app["id"], "person_id": brand.id}
    for days, found in ((29, ["long ago"]), (31, [])):
        local.control("clock", sim=1_790_000_000 + days * 86_400)
        later = local.bearer(local.control("tokens", **token)["access_token"])
        assert texts(later.get("/2/dm_events").json()) == found


@pytest.mark.parametrize("setting", ["following", "none"])
def test_who_keeps_the_door_shut_has_to_write_first(brand, setting, x):
    shy = x.person("shy", dm_from=setting)
    refused = brand.writes_to(shy, "hi")
    assert (refused.status_code, refused.json()["detail"]) == (403, NO_DM)
    assert shy.writes_to(brand, "I have a question").status_code == 201
    assert brand.writes_to(shy, "Ask away").status_code == 201


def test_people_whom_the_recipient_follows_may_write(brand, x):
    shy = x.person("shy", dm_from="following")
    x.control("follow", source_id=shy.id, target_id=brand.id)
    assert brand.writes_to(shy, "hi").status_code == 201


def test_a_block_ends_messages_both_ways_even_within_a_conversation(brand, customer, x):
    customer.writes_to(brand, "hi")
    x.control("block", source_id=customer.id, target_id=brand.id)
    assert brand.writes_to(customer, "hello").json()["detail"] == NO_DM
    assert customer.writes_to(brand, "still there?").status_code == 403
    x.control("unblock", source_id=customer.id, target_id=brand.id)
    assert brand.writes_to(customer, "hello").status_code == 201


def test_whether_somebody_takes_your_messages_shows_on_them(brand, customer, x):
    shy = x.person("shy", dm_from="none")
    path = "/2/users"
    found = brand.get(path, ids=f"{customer.id},{shy.id}", **{"user.fields": "receives_your_dm,connection_status"})
    shown = {user["id"]: user for user in found.json()["data"]}
    assert shown[customer.id]["receives_your_dm"] is True
    assert shown[shy.id]["receives_your_dm"] is False
    x.control("block", source_id=customer.id, target_id=brand.id)
    user = brand.get(f"{path}/{customer.id}", **{"user.fields": "receives_your_dm,connection_status"}).json()["data"]
    assert (user["receives_your_dm"], user["connection_status"]) == (False, [])
    x.control("follow", source_id=brand.id, target_id=shy.id)
    user = brand.get(f"{path}/{shy.id}", **{"user.fields": "connection_status"}).json()["data"]
    assert user["connection_status"] == ["following"]


def test_three_letters_are_escaped(brand, customer):
    customer.writes_to(brand, "R&D says 3 < 4, see https://example.com/x")
    (event,) = events(brand)["data"]
    link = event["entities"]["urls"][0]
    assert event["text"] == f"R&amp;D says 3 &lt; 4, see {link['url']}"
    assert event["text"][link["start"] : link["end"]] == link["url"]


def test_strangers_and_oneself_get_no_messages(brand):
    assert brand.post("/2/dm_conversations/with/12345/messages", {"text": "hi"}).json()["detail"] == NO_DM
    refused = brand.writes_to(brand, "note to self")
    assert (refused.status_code, refused.json()["detail"]) == (403, "This operation is not permitted.")


def test_ten_thousand_characters_and_not_one_more(brand, customer):
    assert customer.writes_to(brand, "ö" * 10_000).status_code == 201
    assert customer.writes_to(brand, "ö" * 10_001).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": 5},
        {"text": "hi", "quick_reply": {}},
        {"text": "hi", "attachments": [{"media_id": "1", "kind": "x"}]},
        {"text": "hi", "attachments": [{"media_id": "1"}, {"media_id": "2"}]},
        {"attachments": ["1"]},
        {"text": "hi", "attachments": [{"media_id": "17"}]},
    ],
)
def test_a_body_outside_of_the_schema_is_refused_and_nothing_is_sent(brand, customer, body):
    path = f"/2/dm_conversations/with/{brand.id}/messages"
    assert customer.post(path, body).status_code == 400
    assert events(brand) == {"meta": {"result_count": 0}}


def test_deleting_takes_a_sent_message_out_of_ones_own_view_alone(brand, customer):
    made = customer.writes_to(brand, "oops").json()["data"]["dm_event_id"]
    assert brand.client.delete(f"/2/dm_events/{made}").status_code == 403
    assert customer.client.delete(f"/2/dm_events/{made}").json() == {"data": {"deleted": True}}
    assert texts(events(customer)) == []
    assert texts(events(brand)) == ["oops"]
    assert customer.client.delete(f"/2/dm_events/{made}").status_code == 403


def test_links_are_shortened_and_a_posts_address_brings_the_post(brand, customer):
    post = brand.says("Read this before you write")
    customer.writes_to(brand, f"About https://x.com/{brand.username}/status/{post['id']}")
    body = events(brand, expansions="referenced_tweets.id,sender_id")
    (event,) = body["data"]
    assert event["referenced_tweets"] == [{"id": post["id"]}]
    assert event["text"] == f"About {event['entities']['urls'][0]['url']}"
    assert body["includes"]["tweets"] == [post]
    assert body["includes"]["users"][0]["id"] == customer.id
    new = events(brand, **{"dm_event.fields": "text", "expansions": "referenced_posts.id"})
    assert new["data"][0]["referenced_posts"] == [{"id": post["id"]}]
    assert new["includes"]["posts"][0]["id"] == post["id"]


def test_an_app_without_a_person_reads_no_messages(brand, x):
    refused = x.bearer(brand.app["bearer_token"]).get("/2/dm_events")
    assert refused.status_code == 403
    assert refused.json()["title"] == "Unsupported Authentication"
