"""Pages: who sees what, what strangers' words can do to them (nothing), and what every answer carries."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from careline.actions import converse, steer
from careline.domain.words import Role
from support.rows import make_account, make_membership, make_user, make_workspace

pytestmark = pytest.mark.django_db

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(2)> "onmouseover="x' {{7*7}} </textarea></title>"""
VIEWS = ("open", "mine", "resolved", "spam", "find")


def page(client, path, status=200, **extra):
    answer = client.get(path, **extra)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def every_address(workspace, conversation):
    base = f"/{workspace.slug}"
    lists = [f"{base}/{view}/{rest}" for view in VIEWS for rest in ("", "rows")]
    below = [f"{base}/{view}/{conversation.id}/{rest}" for view in VIEWS for rest in ("", "timeline", "composer")]
    return [*lists, *below, f"{base}/changes"]


def test_every_page_opens_for_every_role(workspace, customers, person, sign_in):
    conversation = customers.post("lena").conversation
    for role in Role:
        client = sign_in(person(role))
        for path in every_address(workspace, conversation):
            page(client, path)


def test_who_is_not_signed_in_is_asked_to_and_comes_back(workspace, customers):
    conversation = customers.post("lena").conversation
    for path in every_address(workspace, conversation):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=")


def test_scripts_of_somebody_signed_out_are_answered_401(desk, workspace):
    for path, headers in (
        (f"/{workspace.slug}/changes", {"Accept": "application/json"}),
        (f"/{workspace.slug}/open/rows", {"HX-Request": "true"}),
    ):
        answer = Client().get(path, headers=headers)
        assert answer.status_code == 401
        assert answer["HX-Redirect"].startswith("/sign-in/")


def test_law_7_another_workspace_does_not_exist(workspace, customers, sign_in):
    conversation = customers.post("lena").conversation
    elsewhere = make_workspace("elsewhere")
    stranger = make_user(name="Stranger")
    make_membership(elsewhere, stranger)
    client = sign_in(stranger)
    for path in every_address(workspace, conversation):
        page(client, path, 404)
        # The same conversation through the stranger's own workspace.
        other = path.replace(f"/{workspace.slug}/", "/elsewhere/")
        if str(conversation.id) in path and not path.endswith("timeline"):
            page(client, other, 404)
    for verb in ("resolve", "assign", "spam"):
        answer = client.post(f"/elsewhere/open/{conversation.id}/do/{verb}", headers={"HX-Request": "true"})
        assert answer.status_code == 404
    conversation.refresh_from_db()
    assert conversation.state == "open"


def test_a_customers_words_stay_words(workspace, customers, browser, as_nina, desk, address):
    post = customers.post("lena", HOSTILE, name=HOSTILE)
    customers.beside("onlooker", post, HOSTILE)
    customers.dm("lena", HOSTILE)
    converse.note(desk, as_nina, conversation_id=post.conversation_id, text=HOSTILE, uid=uuid4())
    browser.post(address(post.conversation, "draft/public"), {"text": HOSTILE})
    for path in (
        f"/{workspace.slug}/open/",
        address(post.conversation),
        f"/{workspace.slug}/find/?q=%22%3E%3Cscript%3E",
    ):
        html = page(browser, path)
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;" in html
        assert html.count("</title>") == 1
        assert not re.search(r"<[^>]*\sonmouseover=", html)


def test_links_of_strangers_lead_out_without_telling_where_from(customers, browser, address):
    post = customers.post("lena", "see https://evil.example/?a=1&b=<b>, javascript:alert(1)")
    html = page(browser, address(post.conversation))
    assert '<a href="https://evil.example/?a=1&amp;b=" target="_blank" rel="nofollow noopener noreferrer">' in html
    assert 'href="javascript' not in html


def test_nothing_inline_and_a_policy_that_says_so(workspace, customers, browser, address):
    post = customers.post("lena")
    for path in (f"/{workspace.slug}/open/", address(post.conversation), "/password/", "/nothing/here/"):
        answer = browser.get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        html = answer.content.decode()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", html)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_a_sandbox_says_so_on_every_page_and_a_real_desk_does_not(customers, browser, nina, address, workspace):
    post = customers.post("lena")
    real = make_workspace("real", sandbox=False)
    make_membership(real, nina)
    for path in (f"/{workspace.slug}/open/", address(post.conversation), f"/{workspace.slug}/find/"):
        assert "Sandbox: nothing here reaches X" in page(browser, path)
    assert "Sandbox" not in page(browser, "/real/open/")
    assert "Sandbox: nothing here reaches X" in page(browser, "/")


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("open", "Nobody is waiting"),
        ("mine", "Nothing is assigned to you"),
        ("resolved", "Nothing is resolved yet"),
        ("spam", "No spam"),
        ("find", "Type the beginning of a handle"),
        ("find/?q=zzz", "Nobody found"),
    ],
)
def test_an_empty_view_says_what_belongs_there(workspace, browser, view, words):
    path = f"/{workspace.slug}/{view}" + ("" if "?" in view else "/")
    assert words in page(browser, path)


def test_one_workspace_is_entered_at_once_several_are_a_choice_none_is_explained(workspace, browser, nina, sign_in):
    assert browser.get("/")["Location"] == f"/{workspace.slug}/open/"
    make_membership(make_workspace("second", name="Second Brand"), nina)
    assert "Second Brand" in page(browser, "/")
    assert "not a member of a workspace yet" in page(sign_in(make_user()), "/")


def test_an_observer_reads_and_is_offered_nothing_that_cannot_work(customers, person, sign_in, address):
    post = customers.post("lena")
    html = page(sign_in(person(Role.OBSERVER)), address(post.conversation))
    assert "You can read here" in html
    for gone in ("/do/", "Take it", "Post in public", "Answer this", "<textarea"):
        assert gone not in html


def test_every_message_says_in_words_who_can_read_it(customers, browser, as_nina, desk, address):
    post = customers.post("lena")
    customers.dm("lena")
    converse.note(desk, as_nina, conversation_id=post.conversation_id, text="internal", uid=uuid4())
    html = page(browser, address(post.conversation))
    for words in ("Public · Post", "Private · Direct message", "Internal · Note"):
        assert words in html
    assert len(re.findall(r'<li id="message-', html)) == len(
        re.findall(r'class="mark mark-(?:public|private|internal)"[^·]*·', html.split('id="timeline"')[1])
    )


def test_the_timeline_tells_what_was_decided_and_where_the_earlier_one_is(
    customers, browser, as_nina, desk, clock, address, nina
):
    first = customers.post("lena").conversation
    steer.assign(desk, as_nina, conversation_id=first.id, user_id=nina.id)
    steer.resolve(desk, as_nina, conversation_id=first.id)
    assert "Nina Brandt took this on" in (html := page(browser, address(first, view="resolved")))
    assert "Resolved by Nina Brandt" in html
    clock.advance(days=30)
    second = customers.post("lena", "Me again").conversation
    assert second.id != first.id
    assert f'href="{address(first, view="resolved")}"' in page(browser, address(second))


def test_other_voices_in_the_thread_are_shown_apart(customers, browser, address):
    post = customers.post("lena")
    customers.beside("onlooker", post, "They never answer")
    other = customers.post("petra", "Same here", to=post)
    assert other.conversation_id != post.conversation_id
    html = page(browser, address(post.conversation))
    timeline, beside = html.split('class="neighbours"')
    assert "They never answer" not in timeline
    assert "They never answer" in beside
    assert f'href="{address(other.conversation)}"' in beside


def test_a_long_conversation_comes_in_stretches_that_leave_nothing_out(customers, browser, clock, address):
    texts = [f"message number {number}." for number in range(120)]
    for text in texts:
        clock.advance(seconds=1)
        post = customers.post("lena", text)
    path, seen = address(post.conversation), []
    while path:
        html = page(browser, path)
        seen = re.findall(r'<p class="message-text" dir="auto">(message number \d+\.)', html) + seen
        older = re.search(r'id="older" href="([^"]+)"', html)
        path = older[1] if older else ""
    assert seen == texts


def test_a_conversation_that_gave_way_to_an_older_one_leads_there(
    customers, browser, desk, workspace, address, as_nina, clock
):
    older = customers.dm("lena").conversation
    steer.resolve(desk, as_nina, conversation_id=older.id)
    clock.advance(hours=100)
    provisional = customers.dm("lena", "Something else").conversation
    assert browser.get(address(provisional)).status_code == 200
    clock.advance(hours=-99)
    customers.dm("lena", "This was delayed on its way")
    assert browser.get(address(provisional))["Location"] == address(older)
    answer = browser.get(f"{address(provisional)}timeline", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == address(provisional)
    for path in (f"/{workspace.slug}/open/", f"/{workspace.slug}/resolved/", f"/{workspace.slug}/find/?q=lena"):
        assert str(provisional.id) not in page(browser, path)
    answer = browser.post(f"{address(provisional)}do/resolve", follow=True)
    assert answer.redirect_chain[-1][0] == address(older)
    older.refresh_from_db()
    assert older.state == "open"


def test_an_invitation_that_nobody_took_in_its_time_is_shown_as_run_out(
    customers, browser, as_nina, desk, address, clock
):
    question = customers.post("lena")
    converse.invite(
        desk,
        as_nina,
        conversation_id=question.conversation_id,
        answers_id=question.id,
        text="Write to us",
        first_line="",
        uid=uuid4(),
    )
    customers.network_says()
    assert "Invitation sent, no answer yet" in page(browser, address(question.conversation))
    clock.advance(days=8)
    assert "Invitation ran out" in page(browser, address(question.conversation))


def test_our_own_pages_for_what_is_not_there_and_what_broke(browser, workspace, monkeypatch):
    assert "There is nothing here" in page(browser, "/no/such/page/", 404)
    assert "There is nothing here" in page(browser, f"/{workspace.slug}/open/99/", 404)

    def broken(*_args, **_kwargs):
        raise RuntimeError("boom")

    monkeypatch.setattr("careline.store.queries.inbox.counts", broken)
    browser.raise_request_exception = False
    html = page(browser, f"/{workspace.slug}/open/", 500)
    assert "Something broke" in html
    assert "boom" not in html


def test_a_form_from_before_the_last_sign_in_is_explained(nina, customers, address):
    post = customers.post("lena")
    client = Client(enforce_csrf_checks=True)
    client.force_login(nina, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post(address(post.conversation, "send/note"), {"text": "x", "uid": str(uuid4())})
    assert answer.status_code == 403
    assert "too old to send" in answer.content.decode()


def test_damaged_addresses_are_not_found_or_start_at_the_top(workspace, browser, customers, address):
    post = customers.post("lena")
    for path in (
        f"/{workspace.slug}/nope/",
        f"/{workspace.slug}/open/{2**70}/",
        f"/{workspace.slug}/open/{post.conversation_id}/do/eat",
    ):
        assert browser.get(path).status_code in (404, 405)
    for query in (
        "?after=waiting.x.y",
        "?after=%00",
        "?after=idle.99999999999999999999999.1",
        "?before=..",
        "?answers=-1",
    ):
        page(browser, f"/{workspace.slug}/open/{query}")
        page(browser, address(post.conversation, query))


def test_a_second_account_of_ours_is_named_where_it_speaks(customers, browser, workspace, account, address):
    make_account(workspace, account.app, handle="acme_second")
    post = customers.post("lena")
    html = page(browser, address(post.conversation))
    assert f"@{account.handle} answers @lena" in html
