"""The verbs of the trade: those that can begin an imperative, with the kind of work they ask for. Plain data."""

from __future__ import annotations

from creatorflow_orchestrator.core.request import AskKind

from .word_sets import word_set

_BUILD = (
    "accept add allow answer archive arrange ask assign attach automate back backfill batch bill book bring buy "
    "cache calculate call cancel capture charge check collect combine configure confirm connect consolidate count "
    "create deactivate decrypt deduct deliver deploy detect develop deactivate disable dispatch display distribute "
    "download dry-run email embed enable encrypt enforce enrich escalate expose export extract fetch file filter "
    "fill flag forecast forward fulfil fulfill generate get give group grant guard handle hash have hide hold hook "
    "host ignore implement import include index inform insert insure integrate introduce invite invoice issue keep "
    "knit let limit link list load lock log mail maintain make manage map mark mask match merge message meter mint "
    "mirror model monitor notify offer open order organise organize pack park partition pause pay pick ping place "
    "plan post prepare print process produce protect provide provision publish pull push put queue quote rank read "
    "rebill receive recommend reconcile reconnect record recover redact redeem refund register reject release "
    "remember remind render renew reorder replay replicate report request reserve reset restock restore restrict "
    "retry return revoke reward ring roll rotate route run save scan schedule score scrub search segment sell send "
    "separate serve set setup share ship show sign simulate sing snapshot sort split start stock stop store stream "
    "subscribe suggest support suspend sync synchronise synchronize tag take throttle timestamp total track transfer "
    "trigger unify unlock upload use visualise visualize void warn watch weigh wire write wrap hook hire book cook "
    "paint play draw bake deduplicate de-duplicate cap charge launch ensure guarantee anonymise anonymize "
    "pseudonymise pseudonymize skip design build craft draft scaffold sketch prototype"
)
_CHANGE = (
    "adapt adjust amend alter change clean cleanup clarify convert customise customize cut deprecate edit extend "
    "extract flatten improve lower modernise modernize modify move personalise personalize polish raise redesign "
    "redo reduce refactor refine refresh rename reorganise reorganize rephrase replace restructure restyle revise "
    "rework rewrite shorten shrink simplify swap switch tidy translate trim turn update widen decouple split upgrade "
    "delete remove drop purge erase localise localize normalise normalize standardise standardize align tighten loosen"
)
_FIX = (
    "avoid correct cure debug deal eliminate fix heal mend patch prevent repair resolve rid solve sort-out tackle "
    "troubleshoot unblock unstick recover rescue untangle reconnect"
)
_SPEED = "accelerate optimise optimize speed scale tune accelerate sustain survive absorb"
_MIGRATE = "migrate port upgrade replatform move rehost"
_EXPLAIN = (
    "analyse analyze describe diagnose document explain figure find guide help illustrate investigate know learn "
    "list outline research summarise summarize teach tell understand walk clarify look"
)
_DECIDE = "advise assess compare consider decide determine evaluate judge propose recommend"
_VERIFY = (
    "assert audit benchmark check cover demonstrate drill exercise inspect load-test measure pentest probe prove "
    "rehearse review stress-test test validate verify"
)

VERBS: dict[str, AskKind] = {}
"""Verbs that can begin an imperative, with the kind of work that each asks for; a later class wins."""
for _kind, _words in (
    (AskKind.BUILD, _BUILD),
    (AskKind.CHANGE, _CHANGE),
    (AskKind.FIX, _FIX),
    (AskKind.SPEED_UP, _SPEED),
    (AskKind.EXPLAIN, _EXPLAIN),
    (AskKind.DECIDE, _DECIDE),
    (AskKind.VERIFY, _VERIFY),
    (AskKind.MIGRATE, _MIGRATE),
):
    VERBS.update(dict.fromkeys(_words.split(), _kind))
for _word in ("list", "move", "reconnect", "recover", "pick"):
    VERBS[_word] = AskKind.CHANGE if _word == "move" else AskKind.BUILD

NOUNISH = word_set(
    "slip jam crash leak wish trap doubt double duplicate land lag quit stall stand stay struggle block cause click "
    "cost dispute end freeze hang hit hope need notice overlap pile reach repeat rise shut sleep spend spin talk "
    "throw time try want waste worry cope matter hear claim reject sum lack bounce burn fall fail slow answer set "
    "visit meet run answer archive back backup batch bill book cache call cancel change charge check clean count "
    "cover cut deal design display dispatch document download drop draft drill edit email export file filter flag "
    "forecast forward group guard guide handle help hold hook host import index inform invoice issue limit link list "
    "load lock log look mail map mark mask match measure merge message meter mirror model monitor move offer open "
    "order pack park partition patch pause pay pick ping place plan play port post print process produce project "
    "prototype pull purge push queue quote range rank read record refund release repair replay report request reset "
    "research restock return review reward ring roll route run sale scale scan schedule score search segment "
    "separate sell set share ship show sign sketch sort speed split start stock stop store stream support swap "
    "switch tag talk test throttle timestamp total track transfer trigger tune turn update upgrade upload use void "
    "walk warehouse watch wire wrap label price rate sync work cap launch benchmark exercise audit probe pentest "
    "snapshot sign hash"
)
"""Verbs of which the same form is a noun: "order import", "label printing", "stock sync"."""

OTHER_VERBS = word_set(
    "agree appear arrive become begin believe belong block bounce break bring burn cause claim click come complain "
    "confuse contain contradict cost crash depend die differ disagree disappear dispute double duplicate end enter "
    "exist expect expire fail fall feel fit flicker forget freeze fulfill go grow hang happen hate hit hope hurt jam "
    "jump land lag lose love mean miss mix need notice oversell overwrite overlap pile prefer quit reach refuse "
    "remain repeat require revert rise say see seem shut sit skip sleep slip slow spend spin spit stall stand stay "
    "steal struggle stutter suffer swallow talk think throw time trap try vanish wait want waste wish wonder work "
    "worry yell cope matter like buy pack ask hear double claim reject ignore announce report sum lack double-book "
    "eat leak live miscount overcharge undercharge show undo leave"
)
IRREGULAR_PAST = word_set(
    "got went came took broke sent ran fell stole paid left kept said saw had did made gave found knew bought began "
    "wrote read stopped sold lost told felt hit met shut stood threw wore won forgot froze grew hung put quit rose "
    "spent spat stuck thought woke shipped oversold became built caught chose drew drove ate flew held led lay meant "
    "overwrote rang set shook showed slept spoke swore taught tore understood withdrew timed jammed dropped"
)
