"""The timeline and what stands beside it: what a reader must be able to tell at a glance, and where it leads."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from careline.actions import converse, steer
from careline.actions.receive import Received, receive
from careline.channels.base import Refused
from careline.domain.facts import DmRead, Gone, Parsed, PostSeen, Profile
from careline.domain.words import Role
from careline.store.models import Attachment, Identity, Message
from careline.store.queries import context, timeline
from careline.store.scoped import scoped
from support.rows import make_account, make_workspace

pytestmark = pytest.mark.django_db

HERE = "From here on: "


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def pane(html):
    return re.search(r'<aside id="context".*?</aside>', html, re.DOTALL)[0]


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def hear(customers, *facts, profiles=()):
    parsed = Parsed(account_id=customers.account.network_id, facts=facts, profiles=profiles)
    receive(customers.desk, customers.workspace.id, [Received(10**15 + hear.seq, parsed, source="file", network="x")])
    hear.seq += 1


hear.seq = 0


def test_law_3_where_the_audience_turns_it_is_said_and_nowhere_else(customers, browser, address, as_nina, desk, clock):
    post = customers.post("lena")
    assert HERE not in page(browser, address(post.conversation))
    clock.advance(minutes=1)
    converse.note(desk, as_nina, conversation_id=post.conversation_id, text="A note", uid=uuid4())
    clock.advance(minutes=1)
    customers.post("lena", "Still in public")
    assert HERE not in page(browser, address(post.conversation))
    clock.advance(minutes=1)
    private = customers.dm("lena")
    clock.advance(minutes=1)
    public = customers.post("lena", "And in public again")
    html = page(browser, address(post.conversation))
    turns = [html.index(f"{HERE}private messages"), html.index(f"{HERE}public posts")]
    assert len(re.findall(HERE, html)) == 2
    assert html.index("Still in public") < turns[0] < html.index(f'id="message-{private.id}"') < turns[1]
    assert turns[1] < html.index(f'id="message-{public.id}"')


def quote(customers, of, id_="777", author="lena"):
    fact = PostSeen(
        id=id_,
        author_id=f"id-{author}",
        text="Look at this",
        created_ms=customers.clock.now_ms(),
        root_id=id_,
        quoted_id=of,
        mentions=(customers.account.network_id,),
    )
    hear(customers, fact, profiles=(Profile(f"id-{author}", author, author.title(), as_of=1),))
    return Message.objects.get(network_id=id_)


def test_a_quoted_post_stands_inside_what_quotes_it(customers, browser, address):
    first = customers.post("petra", "The original complaint")
    quoting = quote(customers, first.network_id)
    html = page(browser, address(quoting.conversation))
    inside = html[html.index(f'id="message-{quoting.id}"') :]
    figure = re.search(r'<figure class="quoted">.*?</figure>', inside, re.DOTALL)[0]
    assert "The original complaint" in figure
    assert "Petra" in figure
    hear(customers, Gone("post", first.network_id))
    figure = re.search(r'<figure class="quoted">.*?</figure>', page(browser, address(quoting.conversation)), re.DOTALL)[
        0
    ]
    assert "The original complaint" not in figure
    assert "Deleted by its author" in figure


def test_a_quoted_post_that_the_desk_does_not_have_is_a_link(customers, browser, address):
    quoting = quote(customers, "4242")
    figure = re.search(r'<figure class="quoted">.*?</figure>', page(browser, address(quoting.conversation)), re.DOTALL)[
        0
    ]
    assert 'href="https://x.com/i/status/4242" target="_blank" rel="noopener noreferrer"' in figure


def test_a_long_text_is_folded_and_whole(customers, browser, address):
    text = "word " * 4999 + "the end"
    post = customers.post("lena", text)
    html = page(browser, address(post.conversation))
    assert "the end" in html
    assert "Show all 25,002 characters" in html
    assert "characters" not in page(browser, address(customers.post("petra", "short").conversation))


def attach(message, workspace, **fields):
    values = {"key": "k", "position": 0, "kind": "photo", "url": "https://pbs.example/secret.mp4"} | fields
    return Attachment.objects.create(id=message.id + 7, workspace=workspace, message=message, **values)


def test_a_video_is_its_still_that_leads_to_the_network(customers, browser, address, workspace):
    post = customers.post("lena")
    attach(post, workspace, kind="video", state="kept", blob="1/abc", duration_ms=75_000)
    html = page(browser, address(post.conversation))
    poster = re.search(r'<a class="poster".*?</a>', html, re.DOTALL)[0]
    assert f'href="https://x.com/i/status/{post.network_id}"' in poster
    assert "Video · 1:15 · watch on X" in words(poster)
    assert "secret.mp4" not in html
    assert "<video" not in html


def test_a_picture_that_failed_can_be_asked_for_again(customers, browser, address, workspace, person, sign_in):
    post = customers.post("lena")
    one = attach(post, workspace, state="failed", reason="X answered 404")
    at = address(post.conversation, f"picture/{one.id}/again")
    assert "X answered 404" in page(browser, address(post.conversation))
    assert sign_in(person(Role.OBSERVER)).post(at, headers={"HX-Request": "true"}).status_code == 403
    assert browser.post(at, headers={"HX-Request": "true"}).status_code == 200
    one.refresh_from_db()
    assert (one.state, one.reason, one.tries) == ("wanted", "", 0)
    assert browser.post(at, headers={"HX-Request": "true"}).status_code == 404


def test_law_7_nobody_fetches_the_picture_of_another_workspace(customers, browser, workspace, nina):
    from support.rows import make_membership

    one = attach(customers.post("lena"), workspace, state="failed")
    make_membership(make_workspace("elsewhere"), nina)
    answer = browser.post(f"/elsewhere/open/1/picture/{one.id}/again", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    one.refresh_from_db()
    assert one.state == "failed"


def test_what_the_customer_has_read_is_said_under_the_last_of_it(
    customers, browser, address, as_nina, desk, clock, account
):
    dm = customers.dm("lena")
    sent = []
    for text in ("First", "Second", "Third"):
        clock.advance(minutes=1)
        message = converse.direct(
            desk, as_nina, conversation_id=dm.conversation_id, account_id=account.id, text=text, uid=uuid4()
        )
        customers.network_says()
        sent.append(message.id)
        if text == "Second":
            hear(customers, DmRead("id-lena", account.network_id, clock.now_ms() + 1))
    html = page(browser, address(dm.conversation))
    assert len(re.findall(r"</svg>Seen ", html)) == 1
    parts = {one: html.index(f'id="message-{one}"') for one in sent}
    assert parts[sent[1]] < html.index("Seen ") < parts[sent[2]]


def test_a_refused_message_keeps_its_reason_and_its_way_out(customers, browser, address, as_nina, desk):
    post = customers.post("lena")
    converse.reply(desk, as_nina, conversation_id=post.conversation_id, answers_id=post.id, text="Sorry!", uid=uuid4())
    customers.network_says(Refused(True, "not_summoned", "no"))
    html = page(browser, address(post.conversation))
    assert "the customer has to mention us" in html
    assert "Try again" in html


def test_the_pane_says_who_this_is_and_whether_we_may_write(customers, browser, address, clock):
    post = customers.post("lena", name="Lena Marsh")
    said = words(pane(page(browser, address(post.conversation))))
    assert "@lena" in said
    assert "Closed: they have not written privately yet" in said
    assert "This is the first time they write to us." in said
    clock.advance(minutes=5)
    customers.dm("lena")
    assert "They wrote privately, last 09:05" in words(pane(page(browser, address(post.conversation))))
    clock.advance(minutes=5)
    customers.dm("lena", "stop")
    said = words(pane(page(browser, address(post.conversation))))
    assert "Said stop 09:10" in said
    assert "Closed: they asked us to stop" in said
    clock.advance(minutes=5)
    customers.dm("lena", "Hello again")
    assert "Said stop" not in words(pane(page(browser, address(post.conversation))))


def test_protected_posts_and_who_has_it_since_when(customers, browser, address, desk, as_nina, nina, clock):
    post = customers.post("lena")
    Identity.objects.update(protected=True)
    clock.advance(minutes=7)
    steer.assign(desk, as_nina, conversation_id=post.conversation_id, user_id=nina.id)
    said = words(pane(page(browser, address(post.conversation))))
    assert "Protected posts" in said
    assert "With You , since 09:07" in said.replace("You,", "You ,")


def test_earlier_conversations_are_listed_and_lead_there(customers, browser, address, desk, as_nina, clock):
    earlier = []
    for number in range(5):
        earlier.append(customers.post("lena", f"Question {number}").conversation)
        steer.resolve(desk, as_nina, conversation_id=earlier[-1].id)
        clock.advance(days=30)
    now = customers.post("lena", "The newest").conversation
    html = pane(page(browser, address(now)))
    for one in earlier:
        assert f'href="{address(one, view="resolved")}"' in html
    assert f'href="{address(now)}"' not in html
    assert "Show 2 more" in html
    assert html.index("Question 4") < html.index("Question 0")


def test_the_thread_strip_shows_what_is_answered_ours_and_the_others(customers, browser, address, desk, as_nina, clock):
    root = customers.post("petra", "The line is down")
    clock.advance(minutes=1)
    converse.reply(
        desk, as_nina, conversation_id=root.conversation_id, answers_id=root.id, text="We are on it", uid=uuid4()
    )
    customers.network_says()
    clock.advance(minutes=1)
    customers.beside("onlooker", root, "They never answer")
    clock.advance(minutes=1)
    mine = customers.post("lena", "Here too", to=root)
    html = pane(page(browser, address(mine.conversation)))
    strip = html[html.index('id="context-thread"') :]
    assert "The line is down" in strip
    assert "We are on it" in strip
    assert "2 others take part" in strip
    assert f'href="{address(root.conversation)}"' in strip
    assert "We have said one thing here" in strip


def test_an_answer_to_a_post_that_nobody_told_us_of_leads_to_the_network(customers, browser, address):
    fact = PostSeen(
        id="888", author_id="id-lena", text="Yes, that!", created_ms=customers.clock.now_ms(), root_id="870",
        reply_to_id="880", mentions=(customers.account.network_id,),
    )  # fmt: skip
    hear(customers, fact, profiles=(Profile("id-lena", "lena", "Lena", as_of=1),))
    html = pane(page(browser, address(Message.objects.get(network_id="888").conversation)))
    assert 'href="https://x.com/i/status/880"' in html


def test_a_long_way_up_shows_the_beginning_and_the_nearest(customers, workspace):
    up = [customers.post("petra", "step 0")]
    for number in range(1, 9):
        customers.clock.advance(seconds=1)
        up.append(reply_below(customers, up[-1], up[0], f"step {number}"))
    last = timeline.posts(workspace.id, [up[-1].network_id])[up[-1].network_id]
    strip = context.strip(workspace.id, last.conversation_id, last.thread_id, last)
    assert [line.text for line in strip.above] == ["step 0", "step 4", "step 5", "step 6", "step 7"]
    assert strip.cut
    assert strip.missing == ""


def reply_below(customers, parent, root, text):
    fact = PostSeen(
        id=str(int(parent.network_id) + 10**12), author_id="id-petra", text=text,
        created_ms=customers.clock.now_ms(), root_id=root.network_id, reply_to_id=parent.network_id,
        mentions=(customers.account.network_id,),
    )  # fmt: skip
    hear(customers, fact)
    return Message.objects.get(network_id=fact.id)


def test_law_7_what_stands_beside_stays_in_its_workspace(customers, workspace):
    post = customers.post("lena")
    customers.beside("onlooker", post, "Same here")
    elsewhere = make_workspace("elsewhere")
    make_account(elsewhere)
    line = timeline.posts(workspace.id, [post.network_id])[post.network_id]
    head = timeline.head(workspace.id, post.conversation_id)
    strip = context.strip(elsewhere.id, post.conversation_id, line.thread_id, line)
    assert (strip.above, strip.ours, strip.voices) == ((), (), ())
    assert context.strip(workspace.id, post.conversation_id, line.thread_id, line).voices
    assert context.history(elsewhere.id, head).earlier == ()
    assert context.handoffs(elsewhere.id, post.conversation_id) == ()
    assert context.assigned_ms(elsewhere.id, post.conversation_id) is None
    assert timeline.posts(elsewhere.id, [post.network_id]) == {}
    assert all(one.handle != "acme" for one in timeline.ours(elsewhere.id))


def test_the_fragment_brings_the_pane_along_in_one_answer(customers, browser, address):
    post = customers.post("lena")
    fragment = page(browser, address(post.conversation, "timeline"))
    assert 'data-hx-swap-oob="outerMorph"' in pane(fragment)
    assert "swap-oob" not in pane(page(browser, address(post.conversation)))


def test_a_reader_who_put_the_pane_away_gets_it_so(customers, browser, address):
    post = customers.post("lena")
    browser.cookies["careline_context"] = "shut"
    assert 'class="context context-shut"' in page(browser, address(post.conversation))


def test_an_invitation_is_followed_in_the_pane(customers, browser, address, desk, as_nina, clock):
    post = customers.post("lena")
    converse.invite(
        desk, as_nina, conversation_id=post.conversation_id, answers_id=post.id, text="Write to us",
        first_line="Hello", uid=uuid4(),
    )  # fmt: skip
    assert "Invitation not sent yet" in pane(page(browser, address(post.conversation)))
    customers.network_says()
    assert "Invitation sent, no answer yet" in pane(page(browser, address(post.conversation)))
    clock.advance(days=60)
    said = words(pane(page(browser, address(post.conversation))))
    assert "Invitation ran out" in said
    assert "Ran out" in said


def test_names_cannot_move_what_stands_beside_them(customers, browser, address, workspace):
    post = customers.post("lena", name="L\u202eena\u2067 M")
    assert scoped(Identity, workspace.id).get().name == "Lena M"
    customers.post("lena", "again")
    assert "\u2067" not in page(browser, address(post.conversation))
