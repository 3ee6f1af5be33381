"""Words that say nothing about a subject: of grammar, of asking and promising, and of praise. Plain data."""

from __future__ import annotations

GRAMMAR = """
a about above after again against all also although always am among an and another any anything are around as at
away be became because been before behind being below beside between both but by can cannot could currently did do
does doing done down during each either else enough even ever every everything except few first for former from
further had has have having he her here hers him his how however i if in inside instead into is it its itself just
later least less let like many may me might mine more most much must my neither never next no nobody none nor normal
normally not nothing now of off often on once one only onto or other others otherwise our ours out outside over own
per perhaps quite rather same second shall she should since so some somebody someone something soon still such than
that the their theirs them then there these they this those though three through thus till to today together too two
typical typically under until up upon us usual usually very via was we well were what when where whether which while
who whom whose why will with within without would yes yet you your yours
"""
"""Words of grammar; small numbers and places in time among them."""

ASKING = """
able absorb add allow answer answers ask asks automate automates automatic automatically build built check checks
cover covers create creates deliver describe do done enable ensure ensures everyone feature features following
function functionality generate generates generation get gets give gives handle handles happen happens have
implement implementation implements include includes integrate integrates integration just like look made maintain
maintains make makes manage management manages meet meets need needed needs new optimise optimises optimize
optimizes part parts please point points possible process processes provide provides real request
requested requirement requirements requires see set setup solution specification specified specify step steps
support supports sure system task tasks test testing tests thing things usable use uses verify want wants way ways
whole work workflow working
"""
"""Words with which something is asked for, promised, or said to be done."""

PRAISE = """
accordingly adequate approach appropriate appropriately best carefully clean clear clearly comfortable complete
comprehensive consistent correct correctly easily easy effective effectively efficient efficiently elegant
enterprise excellent flexible friendly full fully future good great guideline guidelines high highest ideal
important industry innovative intuitive leverage maintainable modern modular optimal optimized performant practice
practices professional proper properly quality reliable reliably robust robustly scalable seamless seamlessly simple
simply smart smooth smoothly solid stable standard standards strong suitable tailored thorough thoroughly various
"""
"""Words of praise: true of anything, so they say nothing."""

BENEFIT = """
advantage benefit benefits boost business confidence conversion critical crucial delight efficiency essential expect
expectation expectations experience growth happy help helps improve improved improvement improves increase increases
matter matters money necessary optimise optimize productivity profit reduce reduces satisfaction satisfied
satisfy save saves saving savings success successful time trust understand valuable value win
"""
"""Words that say what something is good for, instead of what it is."""
