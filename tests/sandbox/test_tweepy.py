"""The best-known unofficial client, tweepy, drives the sandbox: posts, mentions and messages (x-platform 12.3).

It has the address of the real X built in, so its session is told another host; everything else is its own.
"""

from __future__ import annotations

import pytest
import tweepy

FIELDS = ["author_id", "conversation_id", "created_at", "entities", "in_reply_to_user_id", "referenced_tweets"]


@pytest.fixture
def tweepy_for(x):
    """A tweepy client that signs with OAuth 1.0a for a person, or reads with the app's bearer."""
    opened = []

    def redirect(client):
        send = client.session.request

        def request(method, url, **options):
            assert url.startswith("https://api.twitter.com/")
            return send(method, url.replace("https://api.twitter.com", x.url), **options)

        client.session.request = request
        opened.append(client)
        return client

    def make(person):
        made = x.control("tokens", app_id=person.app["id"], person_id=person.id, kind="oauth1")
        return redirect(
            tweepy.Client(
                bearer_token=person.app["bearer_token"],
                consumer_key=person.app["consumer_key"],
                consumer_secret=person.app["consumer_secret"],
                access_token=made["oauth_token"],
                access_token_secret=made["oauth_token_secret"],
            )
        )

    yield make
    for client in opened:
        client.session.close()


@pytest.fixture
def people(x):
    return x.person("brand", app=x.app()), x.person("cust")


def test_a_complaint_is_posted_found_answered_and_taken_back(people, tweepy_for):
    brand, customer = people
    desk, phone = tweepy_for(brand), tweepy_for(customer)
    asked = phone.create_tweet(text=f"@{brand.username} the app says “error 5” & stops").data
    mentions = desk.get_users_mentions(
        brand.id, user_auth=True, tweet_fields=FIELDS, expansions=["author_id"], user_fields=["username"]
    )
    (found,) = mentions.data
    assert str(found.id) == asked["id"]
    assert found.text == asked["text"]
    assert str(found.author_id) == customer.id
    assert mentions.includes["users"][0].username == customer.username
    answer = desk.create_tweet(text="Which version?", in_reply_to_tweet_id=asked["id"]).data
    shown = phone.get_tweet(answer["id"], user_auth=True, tweet_fields=FIELDS).data
    assert str(shown.conversation_id) == asked["id"]
    assert str(shown.in_reply_to_user_id) == customer.id
    assert str(shown.referenced_tweets[0].id) == asked["id"]
    assert phone.delete_tweet(asked["id"]).data == {"deleted": True}
    gone = desk.get_tweets([asked["id"]], user_auth=True)
    assert gone.data is None
    assert gone.errors[0]["title"] == "Not Found Error"


def test_its_paginator_and_its_since_id_lose_nothing(people, tweepy_for):
    brand, customer = people
    desk, phone = tweepy_for(brand), tweepy_for(customer)
    made = [phone.create_tweet(text=f"@{brand.username} {number}").data["id"] for number in range(12)]
    pages = tweepy.Paginator(desk.get_users_mentions, brand.id, max_results=5)
    assert [str(post.id) for post in pages.flatten()] == made[::-1]
    newer = desk.get_users_mentions(brand.id, since_id=made[8])
    assert [str(post.id) for post in newer.data] == made[:8:-1]


def test_search_and_users_with_the_apps_bearer(people, tweepy_for):
    brand, customer = people
    desk = tweepy_for(brand)
    asked = customer.says(f"@{brand.username} hello there")
    found = desk.search_recent_tweets(f"conversation_id:{asked['id']}", max_results=10)
    assert [str(post.id) for post in found.data] == [asked["id"]]
    assert str(desk.get_user(username=customer.username).data.id) == customer.id
    assert desk.get_users(ids=[brand.id, "17"]).errors[0]["value"] == "17"
    assert str(desk.get_me().data.id) == brand.id
    assert [str(post.id) for post in desk.get_users_tweets(customer.id).data] == [asked["id"]]


def test_messages_go_both_ways(people, tweepy_for):
    brand, customer = people
    desk, phone = tweepy_for(brand), tweepy_for(customer)
    sent = phone.create_direct_message(participant_id=brand.id, text="order 77").data
    answer = desk.create_direct_message(dm_conversation_id=sent["dm_conversation_id"], text="Thank you").data
    events = desk.get_direct_message_events(
        participant_id=customer.id, dm_event_fields=["sender_id", "created_at", "dm_conversation_id"]
    ).data
    assert [(str(event.id), event.text) for event in events] == [
        (answer["dm_event_id"], "Thank you"),
        (sent["dm_event_id"], "order 77"),
    ]
    assert [str(event.sender_id) for event in events] == [brand.id, customer.id]
    assert [event.id for event in desk.get_direct_message_events().data] == [event.id for event in events]


def test_refusals_become_its_own_errors(people, tweepy_for, x):
    brand, customer = people
    desk = tweepy_for(brand)
    complaint = customer.says("no name here")
    with pytest.raises(tweepy.Forbidden, match="you have not been mentioned or otherwise engaged"):
        desk.create_tweet(text="Hello", in_reply_to_tweet_id=complaint["id"])
    shy = x.person("shy", dm_from="none")
    with pytest.raises(tweepy.Forbidden, match="You do not have permission to DM"):
        desk.create_direct_message(participant_id=shy.id, text="Hello")
    with pytest.raises(tweepy.BadRequest, match="max_results"):
        desk.get_users_mentions(brand.id, max_results=3)
    for _ in range(75):
        last = desk.get_me()
    assert last.data
    with pytest.raises(tweepy.TooManyRequests) as refused:
        desk.get_me()
    assert refused.value.reset_time > 0
