"""Posts as a client of X's API meets them."""

from __future__ import annotations

import pytest

NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author"
    " of the post you are replying to."
)


@pytest.fixture
def brand(x):
    """An account of a self-serve app, to which the rules for replies apply."""
    return x.person("brand", app=x.app())


@pytest.fixture
def customer(x):
    return x.person("cust")


def look_up(person, post_id, **params):
    return person.get(f"/2/tweets/{post_id}", **params).json()


def test_a_post_answers_as_x_does(customer):
    made = customer.says("Hello from the outside")
    assert made == {
        "id": made["id"],
        "text": "Hello from the outside",
        "edit_history_tweet_ids": [made["id"]],
    }
    assert look_up(customer, made["id"]) == {"data": made}


def test_fields_are_shown_only_when_asked_for(customer, brand):
    made = customer.says(f"Where is my parcel @{brand.username}?")
    fields = "author_id,conversation_id,created_at,entities,in_reply_to_user_id,display_text_range,public_metrics"
    found = look_up(brand, made["id"], **{"tweet.fields": fields})["data"]
    assert found["author_id"] == customer.id
    assert found["conversation_id"] == made["id"]
    assert found["created_at"].endswith("Z") and len(found["created_at"]) == 24
    start = made["text"].index("@")
    mention = {"start": start, "end": start + len(brand.username) + 1, "username": brand.username, "id": brand.id}
    assert found["entities"] == {"mentions": [mention]}
    assert found["public_metrics"]["reply_count"] == 0
    assert "in_reply_to_user_id" not in found


def test_a_field_that_x_does_not_know_is_refused_by_name(customer):
    response = customer.get("/2/tweets/1", **{"tweet.fields": "author_id,shoe_size"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == "https://api.x.com/2/problems/invalid-request"
    assert body["errors"][0]["parameters"] == {"tweet.fields": ["author_id,shoe_size"]}


def test_a_parameter_that_x_does_not_know_is_refused(customer):
    assert customer.get("/2/tweets/1", colour="red").status_code == 400
    response = customer.post("/2/tweets", {"text": "hi", "colour": "red"})
    assert response.status_code == 400
    assert "colour" in response.json()["errors"][0]["message"]


def test_the_answer_is_spelled_as_the_question(customer):
    first = customer.says("root of the matter")
    second = customer.answers(first["id"], "and more").json()["data"]
    old = look_up(customer, second["id"], **{"tweet.fields": "referenced_tweets", "expansions": "referenced_tweets.id"})
    assert old["data"]["referenced_tweets"] == [{"type": "replied_to", "id": first["id"]}]
    assert old["includes"]["tweets"] == [first]
    asked = {"post.fields": "referenced_posts,public_metrics", "expansions": "referenced_posts.id"}
    new = look_up(customer, second["id"], **asked)
    assert "repost_count" in new["data"]["public_metrics"]
    assert new["data"]["referenced_posts"] == [{"type": "replied_to", "id": first["id"]}]
    assert new["data"]["edit_history_post_ids"] == [second["id"]]
    assert new["includes"]["posts"][0]["id"] == first["id"]
    assert "tweet" not in str(new)


def test_a_reply_carries_names_by_itself_and_they_are_not_counted(customer, brand, x):
    friend = x.person("friend")
    asked = customer.says(f"@{brand.username} help, @{friend.username} knows")
    made = brand.answers(asked["id"], "ä" * 280)
    assert made.status_code == 201, made.text
    found = look_up(
        customer,
        made.json()["data"]["id"],
        **{"tweet.fields": "display_text_range,entities,in_reply_to_user_id,conversation_id"},
    )["data"]
    prefix = f"@{customer.username} @{friend.username} "
    assert found["text"] == prefix + "ä" * 280
    assert found["display_text_range"] == [len(prefix), len(prefix) + 280]
    assert [mention["id"] for mention in found["entities"]["mentions"]] == [customer.id, friend.id]
    assert found["in_reply_to_user_id"] == customer.id
    assert found["conversation_id"] == asked["id"]


def test_names_that_the_writer_typed_in_front_are_not_doubled(customer, brand):
    asked = customer.says(f"@{brand.username} help")
    made = brand.answers(asked["id"], f"@{customer.username} We are on it").json()["data"]
    assert made["text"] == f"@{customer.username} We are on it"


def test_people_can_be_left_out_of_a_reply(customer, brand, x):
    friend = x.person("friend")
    asked = customer.says(f"@{brand.username} @{friend.username} help")
    reply = {"in_reply_to_tweet_id": asked["id"], "exclude_reply_user_ids": [friend.id]}
    made = brand.post("/2/tweets", {"text": "On it", "reply": reply}).json()["data"]
    assert made["text"] == f"@{customer.username} On it"


def test_links_are_shortened_and_what_they_stand_for_is_kept(customer):
    made = customer.says("See https://example.com/a/very/long/address/of/a/page?with=things. Yes")
    entities = look_up(customer, made["id"], **{"tweet.fields": "entities"})["data"]["entities"]
    link = entities["urls"][0]
    assert made["text"] == f"See {link['url']}. Yes"
    assert made["text"][link["start"] : link["end"]] == link["url"]
    assert len(link["url"]) == 23
    assert link["expanded_url"] == "https://example.com/a/very/long/address/of/a/page?with=things"


def test_three_letters_are_escaped_and_positions_count_them_so(customer, brand, x):
    made = customer.says(f"a < b & &lt; c @{brand.username} https://example.com/?a=1&b=2")
    query = {"tweet.fields": "entities,display_text_range"}
    found = look_up(customer, made["id"], **query)["data"]
    assert found["text"].startswith("a &lt; b &amp; &amp;lt; c @") and found["text"] == made["text"]
    (mention,), (link,) = found["entities"]["mentions"], found["entities"]["urls"]
    assert found["text"][mention["start"] : mention["end"]] == f"@{brand.username}"
    assert found["text"][link["start"] : link["end"]] == link["url"]
    assert link["expanded_url"] == "https://example.com/?a=1&b=2"
    assert found["display_text_range"] == [0, len(found["text"])]
    (kept,) = [post for post in x.state()["posts"] if post["id"] == made["id"]]
    assert kept["text"].startswith("a < b & &lt; c @")


@pytest.mark.parametrize("in_text", [True, False])
def test_a_link_into_private_messages_counts_as_one_link(customer, brand, in_text):
    asked = customer.says(f"@{brand.username} help, order 12")
    deep_link = f"https://x.com/messages/compose?recipient_id={brand.id}"
    room = 280 - 23 - (1 if in_text else 0)
    words = "w" * room

    def answer(text):
        if in_text:
            return brand.answers(asked["id"], f"{text} {deep_link}")
        return brand.answers(asked["id"], text, direct_message_deep_link=deep_link)

    made = answer(words)
    assert made.status_code == 201, made.text
    post_id = made.json()["data"]["id"]
    entities = look_up(brand, post_id, **{"tweet.fields": "entities"})["data"]["entities"]
    assert [link["expanded_url"] for link in entities["urls"]] == [deep_link]
    assert answer(f"{words}w").status_code == 403


def test_an_answer_may_be_nothing_but_the_link_into_messages(customer, brand):
    asked = customer.says(f"@{brand.username} help")
    deep_link = f"https://x.com/messages/compose?recipient_id={brand.id}"
    made = brand.answers(asked["id"], "", direct_message_deep_link=deep_link).json()["data"]
    shown = look_up(brand, made["id"], **{"tweet.fields": "display_text_range"})["data"]
    start = len(customer.username) + 2
    assert shown["display_text_range"] == [start, start + 23]
    assert shown["text"][start:].startswith("https://t.co/")


def test_text_beyond_280_is_refused_and_nothing_is_posted(customer, x):
    before = x.state()["counts"]["posts"]
    response = customer.post("/2/tweets", {"text": "中" * 141})
    assert (response.status_code, response.json()["detail"]) == (403, "Tweet needs to be a bit shorter.")
    assert x.state()["counts"]["posts"] == before
    customer.says("中" * 140)


def test_a_premium_account_may_write_long_posts_which_are_cut_but_for_those_who_ask(x):
    person = x.person("prem", verified_type="blue")
    written = "word " * 199 + "https://example.com/end"
    made = person.says(written)
    query = {"tweet.fields": "note_tweet,entities,display_text_range"}
    found = look_up(person, made["id"], **query)["data"]
    assert found["text"] == written[:279] + "…"
    assert found["display_text_range"] == [0, 280]
    assert "entities" not in found
    assert found["note_tweet"]["text"] == made["text"]
    assert found["note_tweet"]["entities"]["urls"][0]["expanded_url"] == "https://example.com/end"
    new = look_up(person, made["id"], **{"post.fields": "note_post"})["data"]
    assert new["note_post"] == found["note_tweet"]


def test_the_same_words_twice_are_refused_until_the_first_are_gone(customer):
    made = customer.says("Still waiting")
    again = customer.post("/2/tweets", {"text": "Still waiting"})
    assert again.status_code == 403
    assert again.json() == {
        "title": "Forbidden",
        "status": 403,
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
    }
    customer.client.delete(f"/2/tweets/{made['id']}")
    customer.says("Still waiting")


def test_the_same_words_with_a_link_are_the_same_words(customer):
    customer.says("Read https://example.com/terms")
    assert customer.post("/2/tweets", {"text": "Read https://example.com/terms"}).status_code == 403


def test_the_same_answer_to_two_people_is_no_duplicate(brand, x):
    for _ in range(2):
        asked = x.person("cust").says(f"@{brand.username} help")
        assert brand.answers(asked["id"], "Please write us a message").status_code == 201


def test_a_self_serve_app_may_answer_only_where_it_was_summoned(brand, customer):
    complained = customer.says("That parcel service is a disgrace")
    refused = brand.answers(complained["id"], "Sorry!")
    assert refused.status_code == 403
    assert refused.json()["detail"] == NOT_SUMMONED
    asked = customer.says(f"Do something, @{brand.username}")
    assert brand.answers(asked["id"], "Sorry!").status_code == 201


def test_an_enterprise_app_may_answer_anybody(customer, x):
    complained = customer.says("Bad service everywhere")
    assert x.person("corp").answers(complained["id"], "Which one?").status_code == 201


def test_a_name_that_a_reply_carries_by_itself_summons_nobody(brand, customer, x):
    bystander = x.person("byst")
    asked = customer.says(f"@{brand.username} my line is dead")
    joined = bystander.answers(asked["id"], "mine too").json()["data"]
    assert joined["text"].startswith(f"@{customer.username} @{brand.username} ")
    assert brand.answers(joined["id"], "We look").json()["detail"] == NOT_SUMMONED


def test_whether_an_answer_to_our_own_post_summons_is_a_switch(start_x):
    local = start_x("--summon", "strict")
    brand, customer = local.person("brand", app=local.app()), local.person("cust")
    asked = customer.says(f"@{brand.username} help")
    answer = brand.answers(asked["id"], "Which order?").json()["data"]
    followed = customer.answers(answer["id"], "number 5").json()["data"]
    assert brand.answers(followed["id"], "Thanks").status_code == 403
    local.control("settings", summon="engaged")
    assert brand.answers(followed["id"], "Thanks").status_code == 201


def test_quoting_is_for_enterprise_apps(brand, customer, x):
    asked = customer.says(f"@{brand.username} look at this")
    assert brand.post("/2/tweets", {"text": "Nice", "quote_tweet_id": asked["id"]}).status_code == 403
    corp = x.person("corp")
    made = corp.says("Nice", quote_tweet_id=asked["id"])
    found = look_up(corp, made["id"], **{"tweet.fields": "referenced_tweets,conversation_id,entities"})["data"]
    assert found["referenced_tweets"] == [{"type": "quoted", "id": asked["id"]}]
    assert found["conversation_id"] == made["id"]
    assert found["entities"]["urls"][-1]["expanded_url"].endswith(f"/{customer.username}/status/{asked['id']}")


def test_quoting_the_brand_summons_it(brand, x):
    own = brand.says("New prices from today")
    quoted = x.person("cust").says("Too much", quote_tweet_id=own["id"])
    assert brand.answers(quoted["id"], "Let us explain").status_code == 201


def test_one_cashtag_is_enough_for_self_serve_apps(brand):
    assert brand.post("/2/tweets", {"text": "$AAA and $BBB"}).status_code == 403
    brand.says("$AAA is up")


def test_a_deleted_post_is_a_partial_error_and_cannot_be_answered(brand, customer):
    kept, gone = customer.says("keep this"), customer.says(f"@{brand.username} drop this")
    assert customer.client.delete(f"/2/tweets/{gone['id']}").json() == {"data": {"deleted": True}}
    body = customer.get("/2/tweets", ids=f"{kept['id']},{gone['id']}").json()
    assert body["data"] == [kept]
    error = body["errors"][0]
    assert error["type"] == "https://api.x.com/2/problems/resource-not-found"
    assert (error["resource_id"], error["parameter"]) == (gone["id"], "ids")
    assert look_up(customer, gone["id"]).keys() == {"errors"}
    assert brand.answers(gone["id"], "Sorry").status_code == 403


def test_nobody_deletes_what_somebody_else_wrote(customer, brand):
    made = customer.says("mine")
    assert brand.client.delete(f"/2/tweets/{made['id']}").status_code == 403
    assert look_up(customer, made["id"])["data"] == made


def test_a_protected_account_is_seen_by_followers_alone(brand, x):
    hidden = x.person("hid", protected=True)
    made = hidden.says(f"@{brand.username} psst")
    error = look_up(brand, made["id"])["errors"][0]
    assert error["type"].endswith("/not-authorized-for-resource")
    assert brand.get(f"/2/users/{brand.id}/mentions").json()["meta"]["result_count"] == 0
    x.control("follow", source_id=brand.id, target_id=hidden.id)
    assert look_up(brand, made["id"])["data"] == made


def test_somebody_who_blocked_you_cannot_be_answered(customer, x):
    corp = x.person("corp")
    made = customer.says("public words")
    x.control("block", source_id=customer.id, target_id=corp.id)
    assert corp.answers(made["id"], "hello").status_code == 403


def test_unknown_paths_and_methods_have_an_empty_answer(customer):
    response = customer.get("/2/nothing/here")
    assert (response.status_code, response.content) == (404, b"")
    assert customer.client.put("/2/tweets", json={}).content == b""


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"text": 5}', b'{"reply": {"in_reply_to_tweet_id": 7}}', b"{}"])
def test_a_body_that_makes_no_sense_is_a_400(customer, body):
    response = customer.client.post("/2/tweets", content=body)
    assert response.status_code == 400
    assert response.json()["title"] == "Invalid Request"
