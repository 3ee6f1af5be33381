from __future__ import annotations

from creatorflow_orchestrator.core.request import Ask, AskKind, Attachment, Fact, FactKind
from creatorflow_orchestrator.core.synthesis.judging.judge import Judge, Judgement
from creatorflow_orchestrator.core.synthesis.judging.question import Question
from creatorflow_orchestrator.core.synthesis.synthesis_values import Item, Verdict

ZEBRA = Fact(0, 5, "Zebra", FactKind.NAME, name="Zebra", category="printer")
DPI = Fact(0, 7, "203 dpi", FactKind.QUANTITY, "labels", "=", 203.0, "dpi")
P95 = Fact(0, 12, "p95 < 350 ms", FactKind.QUANTITY, "p95", "<", 350.0, "ms")
LABELS = "labels for a 203 dpi Zebra"


def ask(text: str, about: str = "", kind: AskKind = AskKind.BUILD) -> Ask:
    return Ask(0, len(text), text, kind, about or text)


def judged(question: Question, *texts: str, beside: tuple[str, ...] = (), **known: tuple[str, ...]) -> Judgement:
    judge = Judge((question.ask.text, *beside), known)
    return judge.judge(question, [Item(text) for text in texts])


def test_an_answer_that_covers_the_object_and_all_facts_answers_the_ask() -> None:
    question = Question(ask(LABELS, "labels"), (ZEBRA, DPI))
    found = judged(question, "Labels are ZPL for the Zebra: 4 x 6 inches are 812 x 1218 dots at 203 dpi.")
    assert found == Judgement(Verdict.ANSWERED)


def test_what_an_answer_leaves_out_is_missing_by_name() -> None:
    question = Question(ask(LABELS, "labels"), (ZEBRA, DPI))
    found = judged(question, "Labels are PDF files of 4 x 6 inches, sent to the printer by its driver.")
    assert found == Judgement(Verdict.PARTLY, ("Zebra", "203 dpi"))


def test_the_facts_of_one_ask_may_stand_in_several_items() -> None:
    question = Question(ask(LABELS, "labels"), (ZEBRA, DPI))
    found = judged(question, "Labels are sent to the Zebra by raw TCP.", "A label has 812 x 1218 dots at 203 dpi.")
    assert found.verdict is Verdict.ANSWERED


def test_a_figure_about_something_else_is_missing() -> None:
    question = Question(ask("Answers under 350 ms at p95", "answers"), (P95,))
    found = judged(question, "Answers: p95 is 900 ms today, work moves to a queue. A failed call waits 350 ms.")
    assert found == Judgement(Verdict.PARTLY, ("p95 < 350 ms",))


def test_a_known_form_of_a_name_covers_it() -> None:
    question = Question(ask("A schema for returns", "schema for returns"), (ZEBRA,))
    text = "Returns have a schema of two tables with uuid keys, printed on a ZD421."
    assert judged(question, text).verdict is Verdict.PARTLY
    assert judged(question, text, Zebra=("ZD421",)).verdict is Verdict.ANSWERED


def test_an_echo_of_this_or_another_ask_answers_nothing() -> None:
    question = Question(ask("Print return labels for every order", "return labels for every order"))
    echo = "1. Print return labels for every order. 2. Refund one line of an order."
    assert judged(question, echo, beside=("Refund one line of an order",)).verdict is Verdict.NOT_ANSWERED


def test_an_item_about_another_subject_answers_nothing() -> None:
    question = Question(ask("Print return labels for every order", "return labels for every order"))
    assert judged(question, "Prices are rounded to whole cents before the invoice.").verdict is Verdict.NOT_ANSWERED


def test_the_words_of_the_object_must_come_together_in_one_item() -> None:
    question = Question(ask("weekly report of refund reasons by carrier", "weekly report of refund reasons by carrier"))
    scattered = (
        "A week has seven days in every calendar.",
        "Reports are PDF files with a cover sheet.",
        "A refund is paid back within a day to the card.",
        "The reason of each change stands in the log.",
    )
    assert judged(question, *scattered).verdict is Verdict.PARTLY


def test_the_missing_words_of_an_object_are_named_as_the_ask_wrote_them() -> None:
    question = Question(ask("Print return labels for every order", "return labels for every order"))
    found = judged(question, "Labels are printed in bulk: a batch of 200 orders is one PDF, sorted by its place.")
    assert found == Judgement(Verdict.PARTLY, ("return",))


def test_a_short_object_needs_the_work_too() -> None:
    question = Question(ask("Hide phone numbers from packers", "phone numbers", AskKind.CHANGE))
    kept = judged(question, "The phone number is kept with the order and checked for its length and its country code.")
    assert kept == Judgement(Verdict.PARTLY, ("hide", "packers"))
    sync = Question(ask("Stock sync with the warehouse", "stock sync"))
    answer = "Stock is synced by a queue for each channel; a hold of 15 minutes keeps the last piece."
    assert judged(sync, answer).verdict is Verdict.ANSWERED  # no work stands before its object


def test_an_explanation_needs_a_cause() -> None:
    question = Question(ask("why do two pickers get the same order?", "two pickers, one order", AskKind.EXPLAIN))
    answer = "Orders are picked in waves of 30, sorted by aisle, so that each picker walks once."
    assert judged(question, answer) == Judgement(Verdict.PARTLY, ("a cause",))
    assert judged(question, f"{answer} Both get one because the list is read before it is marked.").missing == ()


def test_code_that_came_with_the_ask_has_to_be_spoken_of() -> None:
    query = Attachment(0, 0, "SELECT total_cents FROM shop_orders OFFSET 40000", "sql")
    question = Question(ask("Our order search is slow", "order search", AskKind.SPEED_UP), code=(query,))
    general = "The order search gets an index and keyset pagination instead of OFFSET; EXPLAIN shows the plan."
    assert judged(question, general) == Judgement(Verdict.PARTLY, ("the sql that came with it",))
    assert judged(question, f"{general} The index is on shop_orders.").verdict is Verdict.ANSWERED


def test_a_hollow_sentence_with_all_words_of_the_ask_does_not_answer_it() -> None:
    question = Question(ask("Print return labels for every order", "return labels for every order"))
    hollow = "Return labels should be printed for every order so that customers are satisfied with the shop."
    assert judged(question, hollow).verdict is not Verdict.ANSWERED


def test_an_ask_of_facts_alone_is_judged_by_them() -> None:
    question = Question(ask("p95 < 350 ms"), (P95,))
    found = judged(question, "The p95 target of 350 ms is split: network 60 ms, database 120 ms, application 90 ms.")
    assert found.verdict is Verdict.ANSWERED


def test_without_items_nothing_is_answered() -> None:
    assert judged(Question(ask("Print labels"))).verdict is Verdict.NOT_ANSWERED


def test_what_has_a_number_of_its_own_is_known_by_it_and_a_word_is_an_answer() -> None:
    question = Question(ask("Check the product codes 4006381333931 and 036000291453", kind=AskKind.VERIFY))
    both = ("4006381333931: right", "036000291453: not a valid UPC-A, its check digit should be 2")
    assert judged(question, *both).verdict is Verdict.ANSWERED
    assert judged(question, both[0]) == Judgement(Verdict.PARTLY, ("036000291453",))
    assert judged(question, f"code-agent has read: {question.ask.text}").verdict is Verdict.NOT_ANSWERED
    assert judged(question, question.ask.text).verdict is Verdict.NOT_ANSWERED


def test_a_name_that_the_reading_does_not_know_has_to_be_spoken_of_too() -> None:
    question = Question(ask("mails in German and Polish", "mails"))
    english = "Mails are written in English and German; the language comes from the order's address."
    assert judged(question, english) == Judgement(Verdict.PARTLY, ("Polish",))
    assert judged(question, f"{english} Polish is a template in mail/pl.").verdict is Verdict.ANSWERED


def test_an_object_that_is_only_pointed_at_is_covered_by_whatever_says_something() -> None:
    question = Question(ask("Tune it", "it", AskKind.SPEED_UP))
    assert judged(question, "Twelve workers take 2.5 orders a second; the queue holds ten minutes.").missing == ()
    assert judged(question, "We tune it.").verdict is not Verdict.ANSWERED
    log = Question(ask("who refunded what: log", "who"))
    assert (
        judged(log, "Sessions end after 30 days without use; a user is told by mail.").verdict is not Verdict.ANSWERED
    )


def test_a_repair_has_to_speak_of_what_is_wrong() -> None:
    question = Question(ask("Labels come out twice for one order", "labels", AskKind.FIX))
    general = "A label is bought from the carrier, stored as PDF with its number, and printed in picking sequence."
    assert judged(question, general).verdict is Verdict.PARTLY
    cause = "Duplicate labels of an order come from a retry without a key; a unique row now stops the second one."
    assert judged(question, cause).verdict is Verdict.ANSWERED


def test_why_asks_for_a_cause_whatever_the_kind_of_work() -> None:
    question = Question(ask("why do two pickers get the same order?", "pickers", AskKind.FIX))
    assert "a cause" in judged(question, "Orders are picked in waves of 30, sorted by aisle, by each picker.").missing


def test_an_answer_about_the_subject_of_a_figure_without_the_figure_is_partly_one() -> None:
    question = Question(ask("p95 < 350 ms"), (P95,))
    assert judged(question, "The p95 is measured at the door for each minute.") == Judgement(
        Verdict.PARTLY, ("p95 < 350 ms",)
    )
    assert judged(question, "Labels are printed in bulk at noon by hand.").verdict is Verdict.NOT_ANSWERED
