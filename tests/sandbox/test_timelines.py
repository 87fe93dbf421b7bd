"""Mentions, own posts and recent search: order, bounds and pages, as a desk that must not miss anything needs."""

from __future__ import annotations

import pytest


@pytest.fixture
def brand(x):
    return x.person("brand", app=x.app())


@pytest.fixture
def customer(x):
    return x.person("cust")


def ids(body):
    return [post["id"] for post in body.get("data", [])]


def walk(person, path, **params):
    """All pages, oldest last, and how many there were."""
    found, pages, token = [], 0, {}
    while True:
        body = person.get(path, **params, **token).json()
        found += ids(body)
        pages += 1
        if "next_token" not in body["meta"]:
            return found, pages, body
        token = {"pagination_token": body["meta"]["next_token"]}


def test_mentions_hold_the_explicit_and_the_implicit_newest_first(brand, customer, x):
    asked = customer.says(f"hey @{brand.username}")["id"]
    answered = brand.answers(asked, "yes?").json()["data"]["id"]
    implicit = customer.answers(answered, "it broke").json()["data"]["id"]
    friend = x.person("friend").answers(implicit, "same here").json()["data"]["id"]
    customer.says("nothing to do with it")
    body = brand.get(f"/2/users/{brand.id}/mentions").json()
    assert ids(body) == [friend, implicit, asked]
    assert body["meta"] == {"newest_id": friend, "oldest_id": asked, "result_count": 3}


def test_mentions_since_an_id_are_those_after_it(brand, customer):
    made = [customer.says(f"@{brand.username} {number}")["id"] for number in range(6)]
    path = f"/2/users/{brand.id}/mentions"
    assert ids(brand.get(path, since_id=made[3]).json()) == [made[5], made[4]]
    assert ids(brand.get(path, until_id=made[2]).json()) == [made[1], made[0]]
    assert brand.get(path, since_id=made[5]).json() == {"meta": {"result_count": 0}}


def test_pages_lead_to_everything_once_and_back(brand, customer):
    made = [customer.says(f"@{brand.username} {number}")["id"] for number in range(13)]
    path = f"/2/users/{brand.id}/mentions"
    found, pages, last = walk(brand, path, max_results=5)
    assert (found, pages) == (made[::-1], 3)
    back = brand.get(path, max_results=5, pagination_token=last["meta"]["previous_token"]).json()
    assert ids(back) == made[::-1][5:10]
    first = brand.get(path, max_results=5, pagination_token=back["meta"]["previous_token"]).json()
    assert ids(first) == made[::-1][:5]
    assert "previous_token" not in first["meta"]
    assert ids(brand.get(path, max_results=5, pagination_token=first["meta"]["next_token"]).json()) == ids(back)


def test_pages_stay_in_place_while_new_posts_arrive(brand, customer):
    made = [customer.says(f"@{brand.username} {number}")["id"] for number in range(7)]
    path = f"/2/users/{brand.id}/mentions"
    first = brand.get(path, max_results=5).json()
    customer.says(f"@{brand.username} meanwhile")
    second = brand.get(path, max_results=5, pagination_token=first["meta"]["next_token"]).json()
    assert ids(first) + ids(second) == made[::-1]


def test_times_bound_a_list(brand, customer):
    made = customer.says(f"@{brand.username} now")
    shown = brand.get(f"/2/tweets/{made['id']}", **{"tweet.fields": "created_at"}).json()["data"]["created_at"]
    path = f"/2/users/{brand.id}/mentions"
    assert ids(brand.get(path, start_time=shown).json()) == [made["id"]]
    assert ids(brand.get(path, end_time=shown).json()) == []
    assert brand.get(path, start_time="yesterday").status_code == 400


@pytest.mark.parametrize("count", ["4", "101", "many", "-1"])
def test_a_page_size_out_of_bounds_is_refused(brand, count):
    response = brand.get(f"/2/users/{brand.id}/mentions", max_results=count)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameters"] == {"max_results": [count]}


def test_a_token_that_is_none_is_refused(brand):
    assert brand.get(f"/2/users/{brand.id}/mentions", pagination_token="zzz!").status_code == 400


def test_mentions_reach_800_back_and_no_further(start_x):
    local = start_x()
    brand, customer = local.person("brand"), local.person("cust")
    local.control("limits", endpoint="*", limit=1_000_000)
    made = [customer.says(f"@{brand.username} {number}")["id"] for number in range(805)]
    found, _, _ = walk(brand, f"/2/users/{brand.id}/mentions", max_results=100)
    assert found == made[::-1][:800]


def test_own_posts_with_and_without_replies(brand, customer):
    own = brand.says("good morning")["id"]
    asked = customer.says(f"@{brand.username} hi")["id"]
    reply = brand.answers(asked, "hello").json()["data"]["id"]
    path = f"/2/users/{brand.id}/tweets"
    assert ids(customer.get(path).json()) == [reply, own]
    assert ids(customer.get(path, exclude="replies").json()) == [own]


def test_the_list_of_nobody_is_a_partial_error(brand):
    body = brand.get("/2/users/12345/mentions").json()
    assert body["errors"][0]["type"].endswith("/resource-not-found")


def test_an_app_reads_lists_with_its_bearer(brand, customer, x):
    made = customer.says(f"@{brand.username} hi")["id"]
    app = x.bearer(brand.app["bearer_token"])
    body = app.get(f"/2/users/{brand.id}/mentions", params={"expansions": "author_id"}).json()
    assert ids(body) == [made]
    assert body["includes"]["users"] == [{"id": customer.id, "name": customer.username, "username": customer.username}]


def test_search_finds_a_conversation_whole(brand, customer, x):
    root = customer.says(f"@{brand.username} the Wi-Fi router is broken")["id"]
    answer = brand.answers(root, "which one?").json()["data"]["id"]
    last = x.person("friend").answers(answer, "mine as well").json()["data"]["id"]

    def search(query):
        return ids(brand.get("/2/tweets/search/recent", query=query).json())

    assert search(f"conversation_id:{root}") == [last, answer, root]
    assert search(f"conversation_id:{root} from:{brand.username}") == [answer]
    assert search(f"conversation_id:{root} to:{customer.username}") == [answer]
    assert search(f"conversation_id:{root} -is:reply") == [root]
    assert search(f"in_reply_to_tweet_id:{answer}") == [last]
    assert search(f"conversation_id:{root} @{brand.username}") == [last, root]
    assert search(f"conversation_id:{root} (broken OR mine) -is:retweet") == [last, root]
    assert search(f'conversation_id:{root} "router is broken"') == [root]
    assert search(f"conversation_id:{root} rout") == []
    assert search(f"conversation_id:{root} -from:{brand.username} -from:{customer.username}") == [last]


@pytest.mark.parametrize("query", ["", "weather:good", "(open", 'say "hi', "hello OR", "-", "a ) b"])
def test_a_query_that_x_could_not_read_is_refused(brand, query):
    assert brand.get("/2/tweets/search/recent", query=query).status_code == 400


def test_search_pages_with_either_name_of_the_token(brand, customer):
    made = [customer.says(f"zebra{brand.id} {number}")["id"] for number in range(12)]
    first = brand.get("/2/tweets/search/recent", query=f"zebra{brand.id}", max_results=10).json()
    token = first["meta"]["next_token"]
    for name in ("next_token", "pagination_token"):
        second = brand.get("/2/tweets/search/recent", query=f"zebra{brand.id}", max_results=10, **{name: token}).json()
        assert ids(first) + ids(second) == made[::-1]
