"""The attacks: what is tried, by whom, and what must come of it."""

# ruff: noqa: E501  (a table: one attack a line, as it would be typed)

from __future__ import annotations

from typing import NamedTuple

NOTHING = "nothing"
DENIED = "42501"
"""PostgreSQL's insufficient_privilege."""


class Attack(NamedTuple):
    """What is tried, by whom, and what must come of it: no row at all, or an error of this state."""

    name: str
    who: str
    sql: str
    outcome: str


def push(set_id: str, author: str) -> str:
    return (
        "insert into annodesk.edit (project_id, set_id, id, author_id, device, device_seq, parents, format, project_version,"
        f" elapsed_us, made_at_us, body) values ('{{P}}', '{set_id}', 'x', '{author}', 'd', 1, '[]', 1, 1, 1, 1, '{{}}')"
    )


# Ten and more on reference items and blindness.
BLIND = (
    Attack("which items are reference items", "ada", "select item_id from annodesk.reference_item", DENIED),
    Attack("whether a reference item exists", "ada", "select exists (select from annodesk.reference_item)", DENIED),
    Attack("a plan over reference items", "ada", "explain select 1 from annodesk.reference_item", DENIED),
    Attack("reference items by a join", "ada",
           "select i.id from annodesk.item i join annodesk.reference_item r on r.item_id = i.id", DENIED),
    Attack("statistics of reference items", "ada",
           "select most_common_vals from pg_stats where tablename = 'reference_item'", NOTHING),
    Attack("places of a task", "ada", "select task_id, number from annodesk.slot", DENIED),
    Attack("how many a task is for", "ada", "select overlap from annodesk.task_plan", DENIED),
    Attack("how many a batch is for", "ada", "select overlap from annodesk.batch_plan", DENIED),
    Attack("who else holds a task", "ada", "select person_id from annodesk.claim where person_id <> '{ada}'", NOTHING),
    Attack("a colleague's claim by its id", "ada", "select state from annodesk.claim where id = '{ben_claim}'", NOTHING),
    Attack("a colleague's set by its id", "ada", "select id from annodesk.annotation_set where id = '{ben_set}'", NOTHING),
    Attack("the model's set", "ada", "select id from annodesk.annotation_set where author_kind = 'model'", NOTHING),
    Attack("the model's set by its id", "ada", "select id from annodesk.annotation_set where id = 'model-0'", NOTHING),
    Attack("suggestions as a table", "ada", "select body from annodesk.suggestion", DENIED),
    Attack("suggestions at a place without them", "ada",
           "select * from annodesk.read_suggestions('{P}', '{ada_claim}')", NOTHING),
    Attack("suggestions through a colleague's claim", "ada",
           "select * from annodesk.read_suggestions('{P}', '{ben_claim}')", DENIED),
    Attack("others' work on an open item", "ada", "select * from annodesk.read_work('{P}', '{reference}')", NOTHING),
    Attack("others' work before it is settled", "ada", "select * from annodesk.read_work('{P}', '{second}')", NOTHING),
    Attack("others' work on a settled item one never had", "ada",
           "select * from annodesk.read_work('{P}', '{third}')", NOTHING),
    Attack("scores", "ada", "select value from annodesk.score", DENIED),
    Attack("escalations", "ada", "select reason from annodesk.escalation", DENIED),
    Attack("item states", "ada", "select state from annodesk.item_state", DENIED),
    Attack("settlements", "ada", "select settled_by from annodesk.settlement", DENIED),
    Attack("ranks of offers", "ada", "select rank from annodesk.offer_rank", DENIED),
    Attack("history of items", "ada", "select subject_id from annodesk.state_change where subject <> 'claim'", NOTHING),
    Attack("history of a colleague's work", "ada",
           "select after from annodesk.state_change where subject_id = '{ben_claim}'", NOTHING),
    Attack("how much happens, by the history's numbers", "ada", "select position from annodesk.state_change", DENIED),
    Attack("what the coordinator has yet to look at", "ada", "select item_id from annodesk.due", DENIED),
    Attack("returning a colleague's work", "ada", "select annodesk.return_work('{P}', '{ben_set}', 'again')", DENIED),
    Attack("making a reference item", "ada", "select annodesk.confirm_reference('{P}', '{third}', true)", DENIED),
    Attack("making a reference of what nobody judged", "ana",
           "select annodesk.confirm_reference('{P}', '{third}', true)", "AN005"),
    Attack("an analyst reading the history of what they label", "ann",
           "select after from annodesk.state_change where subject_id = '{reference}'", NOTHING),
    Attack("a skill of one's own giving", "ada", "select annodesk.set_skill('{P}', '{ada}', 'pt', 9)", DENIED),
    Attack("a manager unmaking a manager", "moe", "select annodesk.remove_role('{P}', '{max}', 'manager')", DENIED),
    Attack("a manager renaming a colleague", "moe",
           "select annodesk.publish_names('{P}', '[]')", "AN011"),
    Attack("items nobody gave one", "ada",
           "select id from annodesk.item where id not in ('{reference}', '{second}')", NOTHING),
    Attack("the review of one's own item", "ada", "select id from annodesk.task where stage = 'review'", NOTHING),
    Attack("order of writing by xmin", "ada", "select xmin from annodesk.task", DENIED),
    Attack("order of writing by ctid", "ada", "select ctid from annodesk.claim", DENIED),
    Attack("when the feed was written, by id", "ada", "select id from annodesk.feed", DENIED),
    Attack("the feed of analysts", "ada", "select kind from annodesk.feed where audience = 'analysts'", NOTHING),
    Attack("the feed of a colleague", "ada", "select kind from annodesk.feed where audience = '{ben}'", NOTHING),
    Attack("how much happened for others", "ada", "select last from annodesk.feed_head", DENIED),
    Attack("who saw what", "ada", "select person_id from annodesk.sight", DENIED),
    Attack("an analyst reading work on an item open with them", "ann",
           "select * from annodesk.annotation_set s where s.task_id = '{ann_task}' and s.author_id <> '{ann}'", NOTHING),
    Attack("an analyst reading the reference answer of an item open with them", "ann",
           "select item_id from annodesk.reference_item where item_id = (select item_id from annodesk.task"
           " where id = '{ann_task}')", NOTHING),
    Attack("an analyst learning who else holds what is open with them", "ann",
           "select id from annodesk.claim where task_id = '{ann_task}' and person_id <> '{ann}'", NOTHING),
    Attack("an analyst counting places of what is open with them", "ann",
           "select id from annodesk.slot where task_id = '{ann_task}'", NOTHING),
)  # fmt: skip

# Reading what belongs to others, or to other projects.
READING = (
    Attack("others' Edits", "ada", "select body from annodesk.edit where author_id <> '{ada}'", NOTHING),
    Attack("Edits of a known set", "ada", "select body from annodesk.edit where set_id = '{ben_set}'", NOTHING),
    Attack("a leaky condition on Edits", "ada",
           "select id from annodesk.edit where 1 / (case when body::text like '%nobody else%' then 0 else 1 end) = 0", NOTHING),
    Attack("others' submissions", "ada", "select digest from annodesk.submission where set_id = '{ben_set}'", NOTHING),
    Attack("others' snapshots", "ada", "select body from annodesk.set_snapshot where set_id = '{ben_set}'", NOTHING),
    Attack("others' views", "ada", "select set_id from annodesk.view where set_id = '{cleo_set}'", NOTHING),
    Attack("others' comments", "ada", "select text from annodesk.comment where set_id = '{ben_set}'", NOTHING),
    Attack("logins", "ada", "select login from annodesk.person_name", DENIED),
    Attack("colleagues' names", "ada", "select name from annodesk.person_name where person_id <> '{ada}'", NOTHING),
    Attack("who is invited", "ada", "select login from annodesk.invitation", DENIED),
    Attack("who is invited, as a manager", "max", "select login from annodesk.invitation", DENIED),
    Attack("an invitation for oneself as somebody else", "ada",
           "insert into annodesk.invitation (login, person_id, expires_at_us) values (session_user, '{ben}', 9e18)", DENIED),
    Attack("colleagues' skills", "ada", "select skill from annodesk.person_skill where person_id <> '{ada}'", NOTHING),
    Attack("colleagues' roles", "ada", "select role from annodesk.membership where person_id <> '{ada}'", NOTHING),
    Attack("another project", "ada", "select name from annodesk.project where id = '{O}'", NOTHING),
    Attack("another project's file", "ada", "select file from annodesk.project_version where project_id = '{O}'", NOTHING),
    Attack("another project's items", "ana", "select id from annodesk.item where project_id = '{O}'", NOTHING),
    Attack("another project's scores", "ana", "select value from annodesk.score where project_id = '{O}'", NOTHING),
    Attack("a manager of another project reads sets", "moe",
           "select * from annodesk.read_work('{O}', '{O}-0')", DENIED),
    Attack("an outsider claims", "olga", "select * from annodesk.claim('{P}')", DENIED),
    Attack("an outsider numbers the feed", "olga", "select annodesk.number_feed('{P}')", DENIED),
    Attack("an outsider reads the members' feed", "olga",
           "select kind from annodesk.feed where project_id = '{P}'", NOTHING),
    Attack("a manager reads authors of sets", "moe", "select author_id from annodesk.annotation_set", DENIED),
    Attack("a manager reads who holds what", "moe", "select person_id from annodesk.claim", DENIED),
    Attack("a manager reads Edits, which name devices", "moe", "select device from annodesk.edit", DENIED),
    Attack("a manager who also labels reads authors", "max",
           "select author_id from annodesk.annotation_set where author_id <> '{max}'", NOTHING),
    Attack("a manager who also labels reads holders", "max",
           "select person_id from annodesk.claim where person_id <> '{max}'", NOTHING),
    Attack("a manager reads who confirmed a reference item", "moe",
           "select confirmed_by from annodesk.reference_item", DENIED),
    Attack("the worker reads a project it did not name", "work",
           "select id from annodesk.item where project_id = '{P}'", NOTHING),
    Attack("the worker reads logins' passwords", "work", "select rolpassword from pg_authid", DENIED),
)  # fmt: skip

# Writing what is not one's own.
WRITING = (
    Attack("an Edit in another's name", "ada", push("{ada_set}", "{ben}"), DENIED),
    Attack("an Edit in another's set", "ada", push("{ben_set}", "{ada}"), DENIED),
    Attack("an Edit in the model's set", "ada", push("model-0", "{ada}"), DENIED),
    Attack("an Edit with a date of receipt", "ada",
           "insert into annodesk.edit (project_id, set_id, id, author_id, received_at_us) values ('{P}', '{ada_set}', 'y', '{ada}', 1)",
           DENIED),
    Attack("an analyst's Edit in an annotator's set", "ana", push("{ben_set}", "{ana}"), DENIED),
    Attack("changing an Edit of one's own", "ada", "update annodesk.edit set body = '{}'", DENIED),
    Attack("deleting one's own Edits", "ada", "delete from annodesk.edit", DENIED),
    Attack("a manager deleting history", "moe", "delete from annodesk.state_change", DENIED),
    Attack("the worker changing an Edit", "work", "update annodesk.edit set body = '{}'", DENIED),
    Attack("the worker deleting Edits", "work", "delete from annodesk.edit", DENIED),
    Attack("the worker changing a submission", "work", "update annodesk.submission set digest = ''", DENIED),
    Attack("the worker making itself a manager", "work",
           "insert into annodesk.membership values ('{P}', '{ada}', 'manager')", DENIED),
    Attack("truncating Edits", "ana", "truncate annodesk.edit", DENIED),
    Attack("a set of one's own making", "ada",
           "insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round, project_version, made_at_us)"
           " values ('{P}', 'mine', '{ben_task}', 'person', '{ada}', 2, 1, 1)", DENIED),
    Attack("a longer lease", "ada", "update annodesk.claim set lease_until_us = 9e15", DENIED),
    Attack("a claim made by hand", "ada", "insert into annodesk.claim (project_id, id) values ('{P}', 'c')", DENIED),
    Attack("making a task", "ana", "insert into annodesk.task (project_id, id) values ('{P}', 'x')", DENIED),
    Attack("changing a score", "ana", "update annodesk.score set value = 1", DENIED),
    Attack("settling without the coordinator", "ana",
           "insert into annodesk.settlement (project_id, id) values ('{P}', 'x')", DENIED),
    Attack("making oneself manager", "ada", "insert into annodesk.membership values ('{P}', '{ada}', 'manager')", DENIED),
    Attack("a manager making an analyst", "moe",
           "insert into annodesk.membership values ('{P}', '{ada}', 'analyst')", DENIED),
    Attack("an analyst adding a member", "ana", "select annodesk.add_member('{P}', '{olga_login}')", DENIED),
    Attack("an annotator removing a member", "ada", "select annodesk.remove_member('{P}', '{ben}')", DENIED),
    Attack("a manager adding to another project", "moe", "select annodesk.add_member('{O}', '{ada_login}')", DENIED),
    Attack("a manager removing a manager", "moe", "select annodesk.remove_member('{P}', '{max}')", DENIED),
    Attack("marking a colleague as absent", "ada", "select annodesk.set_terms('{P}', '{ben}', null, 9e15::bigint)", DENIED),
    Attack("raising one's own quota", "ada", "select annodesk.set_terms('{P}', '{ada}', 1000, null)", DENIED),
    Attack("an analyst changing the project", "ana",
           "select annodesk.add_version('{P}', '', '', '{}', '', null, 'settled', 'before', 1, 1)", DENIED),
    Attack("publishing into a project at work", "max", "select annodesk.publish('{P}', 'item', '[]')", "AN011"),
    Attack("publishing into a stranger's project", "moe", "select annodesk.publish('{O}', 'item', '[]')", DENIED),
    Attack("handing in another's task", "ada", "select annodesk.submit('{P}', '{ben_claim}', null, 'd')", DENIED),
    Attack("recalling another's submission", "ada", "select annodesk.recall('{P}', '{ben_claim}')", DENIED),
    Attack("recalling what is under review", "ada", "select annodesk.recall('{P}', '{done_claim}')", "AN008"),
    Attack("skipping another's task", "ada", "select annodesk.skip('{P}', '{ann_claim}', 'x')", DENIED),
    Attack("an annotator claiming a review", "ada", "select * from annodesk.claim('{P}', 'review')", DENIED),
    Attack("handing in nonsense, which would quote a row", "ada",
           "select annodesk.submit('{P}', '{ada_claim}', null, 'd', '[{\"id\": null}]')", "AN007"),
    Attack("a comment in another's name", "ada",
           "insert into annodesk.comment (project_id, id, set_id, author_id, text, made_at_us) values ('{P}', 'c', '{ada_set}', '{ben}', '', 1)",
           DENIED),
    Attack("a comment on another's set", "ada",
           "insert into annodesk.comment (project_id, id, set_id, author_id, text, made_at_us) values ('{P}', 'c', '{ben_set}', '{ada}', '', 1)",
           DENIED),
)  # fmt: skip

# Rights beyond the project: the server's own.
RIGHTS = (
    Attack("becoming the owner", "ada", "set role annodesk_owner", DENIED),
    Attack("becoming an analyst", "ada", "set role annodesk_analyst", DENIED),
    Attack("becoming a colleague", "ada", "set session authorization {ben_login}", DENIED),
    Attack("bypassing policies", "ada", "alter role {ada_login} bypassrls", DENIED),
    Attack("switching policies off", "ada", "set row_security = off; select body from annodesk.edit", DENIED),
    Attack("dropping a policy", "moe", "drop policy owner on annodesk.edit", DENIED),
    Attack("switching row level security off", "moe", "alter table annodesk.edit disable row level security", DENIED),
    Attack("granting oneself a table", "moe", "grant select on annodesk.slot to {moe_login}", DENIED),
    Attack("a manager making a login", "moe", "create role intruder login", DENIED),
    Attack("a table in our schema", "ada", "create table annodesk.x ()", DENIED),
    Attack("a table in public", "ada", "create table public.x ()", DENIED),
    Attack("a schema", "ada", "create schema x", DENIED),
    Attack("a temporary table that plays a colleague", "ada", "create temp table person_name (person_id text, login text)", DENIED),
    Attack("a temporary function", "ada", "create function pg_temp.f() returns int language sql as 'select 1'", DENIED),
    Attack("a function of ours replaced", "moe",
           "create or replace function annodesk.current_person() returns text language sql as 'select 1::text'", DENIED),
    Attack("reading a file of the server", "moe", "select pg_read_file('/etc/passwd')", DENIED),
    Attack("listing a folder of the server", "moe", "select pg_ls_dir('/')", DENIED),
    Attack("running a program", "moe", "copy (select 1) to program 'id'", DENIED),
    Attack("copying to a file", "moe", "copy annodesk.item (id) to '/tmp/x'", DENIED),
    Attack("importing a large object", "moe", "select lo_import('/etc/passwd')", DENIED),
    Attack("locking a table against everybody", "ada", "lock table annodesk.task in access exclusive mode", DENIED),
    Attack("ending a colleague's session", "ada",
           "select pg_terminate_backend(pid) from pg_stat_activity where usename = '{work_login}' union all"
           " select pg_terminate_backend(pid) from pg_stat_activity where usename = 'annodesk_admin' limit 1", "any"),
    Attack("changing the server", "moe", "select set_config('fsync', 'off', false)", "any"),
    Attack("an extension", "moe", "create extension dblink", "any"),
    Attack("calling an inner function: freeing another's work", "ada",
           "select annodesk.release_all('{P}', '{ben}')", DENIED),
    Attack("calling an inner function: false news", "ada", "select annodesk.tell('{P}', 'members', 'x', null)", DENIED),
    Attack("calling an inner function: moving a claim", "ada",
           "select annodesk.move_claim('{P}', null, 'submitted', '', '')", DENIED),
    Attack("calling an inner function: what a colleague may take", "ada",
           "select annodesk.may_take('{P}', '{ben}', '{ada_task}', 'annotate')", DENIED),
    Attack("redirecting the search path of a function", "ada",
           "set search_path = pg_temp, public; select * from annodesk.read_work('{P}', '{reference}')", NOTHING),
    Attack("pretending to be a worker by its setting", "ada",
           "set annodesk.project = '{P}'; select item_id from annodesk.reference_item", DENIED),
)  # fmt: skip

ATTACKS = (*BLIND, *READING, *WRITING, *RIGHTS)
