"""The closed word classes of English, and the words of trouble. Plain data."""

from __future__ import annotations

from .word_sets import word_set

BE = word_set(
    "is are was were am be been being isn't aren't wasn't weren't isnt arent it's that's there's what's who's he's "
    "she's"
)
AUXILIARIES = BE | word_set(
    "has have had do does did hasn't haven't hadn't don't doesn't didn't dont doesnt didnt i'm we're they're you're "
    "i've we've they've you've can could will would may might must should shall can't cannot couldn't won't wouldn't "
    "mustn't shouldn't cant wont i'll we'll they'll it'll you'll needs gets keeps i'd we'd they'd you'd"
)
MODALS = word_set("must should shall mustn't shouldn't ought")
FUTURE = word_set("will can may won't")
PRONOUNS = word_set(
    "i we they he she it you this that these those everyone everybody nobody someone somebody anyone anybody nothing "
    "everything something one both half most many some people who there"
)
DETERMINERS = word_set(
    "a an the this that these those every each all any some no our my your their its his her both either another "
    "several many more most few fewer less enough two three four five six seven eight nine ten half one such same"
)
PREPOSITIONS = word_set(
    "on in at from for to with without between by via over across against into onto through during after before "
    "under within per as using beside besides inside behind off about around above below beyond despite near since "
    "toward towards upon until till along among throughout concerning regarding like than versus vs except out up "
    "down of"
)
NUMBERS = word_set(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred thousand "
    "million billion dozen hundreds thousands"
)
SUBORDINATORS = word_set(
    "when whenever if once because while where wherever until unless although though after before whereas since till "
    "that which who whose whom whether so"
)
QUESTION_WORDS = word_set("why how what which who where when whose what's where's how's who's why's")
ADVERBS = word_set(
    "also again already always automatically badly constantly currently daily directly double down else even ever "
    "everywhere fast finally first gradually here immediately instantly just later lately live manually maybe "
    "monthly nearly never nightly now off often once only out over properly quickly randomly really safely simply "
    "slowly sometimes soon still then there today together tomorrow too twice up usually weekly well wrong yearly "
    "yesterday yet late away back apart thrice perfectly correctly reliably right wrongly hourly twofold forever "
    "instead"
)
LEADS = word_set(
    "please also and then finally first second secondly third next so but just additionally kindly now plus too "
    "firstly lastly afterwards meanwhile basically ideally ok okay well oh hi hey hello maybe perhaps again thirdly "
    "or otherwise else simply only further furthermore moreover besides still though urgently & yes nor look listen "
    "honestly actually frankly anyway pls plz"
)
"""Words before the verb of an imperative, which say nothing about the work."""

TROUBLE = word_set(
    "slow slowly sluggish laggy wrong fail fails failed failing failure failures twice double doubled duplicate "
    "duplicated duplicates broken breaks break broke lost lose loses losing missing stuck late crash crashes crashed "
    "crashing error errors can't cannot cant couldn't won't doesn't don't didn't isn't aren't wasn't hasn't haven't "
    "bug bugs jam jams jammed stale outdated expired expires hang hangs freeze freezes timeout timeouts oversell "
    "oversold overselling negative empty blank nobody nothing never no not bad badly complain complains complaining "
    "hard difficult confusing ugly impossible unable delayed delay delays drops dropped disappears disappear "
    "disappeared vanish vanishes unreadable unusable garbled mismatch mismatched disagree differ differs leak leaks "
    "leaked hacked stolen corrupt corrupted flaky red down forever painful painfully endless endlessly problem "
    "problems trouble troubles issue issues incorrect incomplete outage outages ages afraid scared unclear rejected "
    "refuses refused bounced declined blocked deadlock deadlocks spits swallowed forgets forgotten forget "
    "overcharged mixed off useless annoying expensive too overloaded overwhelmed dies died die fall falls fell hours"
)
"""Words of a problem: a sentence with one of them reports something to fix."""

SLOWNESS = word_set(
    "slow slower slowly sluggish laggy lag lags latency faster speed ages forever timeout timeouts seconds "
    "overloaded hangs freezes spinner spins overwhelmed stutters crawls loading unresponsive"
)
"""Words of a problem that is one of speed or load."""
