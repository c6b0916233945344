"""The demo office: accounts for every post, one department. Never loaded unless --demo is said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from workflow.casework.catalogue import Author, add_entries, list_of
from workflow.casework.now import now as office_time
from workflow.casework.office import Office
from workflow.casework.people import hash_password, put_person
from workflow.store import surroundings
from workflow.store.connect import Connection

PARTIES = ("applicant", "agent")  # kinds of account, not posts in a department
DEPARTMENT = "天津经济技术开发区政务服务办公室"

ACCOUNTS: Sequence[tuple[str, str, str]] = (
    ("applicant1", "滨海示例化工贸易有限公司", "applicant"),
    ("applicant2", "泰达示例仓储有限公司", "applicant"),
    ("agent1", "代办员甲", "agent"),
    ("clerk1", "窗口甲", "window-clerk"),
    ("clerk2", "窗口乙", "window-clerk"),
    ("reviewer1", "审查员甲", "reviewer"),
    ("reviewer2", "审查员乙", "reviewer"),
    ("inspector1", "核查员甲", "inspector"),
    ("inspector2", "核查员乙", "inspector"),
    ("expert1", "专家甲", "expert"),
    ("expert2", "专家乙", "expert"),
    ("expert3", "专家丙", "expert"),
    ("expert4", "专家丁", "expert"),
    ("expert5", "专家戊", "expert"),
    ("expert6", "专家己", "expert"),
    ("expert7", "专家庚", "expert"),
    ("approver1", "审批官甲", "approver"),
    ("approver2", "审批官乙", "approver"),
    ("head1", "本机关负责人", "department-head"),
    ("govhead1", "管委会负责人", "government-head"),
    ("legal1", "法制审核员", "legal-reviewer"),
    ("hearing1", "听证主持人", "hearing-officer"),
    ("supervisor1", "效能监察员", "supervisor"),
    ("auditor1", "审计员", "auditor"),
    ("catalog1", "事项管理员甲", "catalogue-admin"),
    ("catalog2", "事项管理员乙", "catalogue-admin"),
    ("sysadmin1", "系统管理员", "system-admin"),
    ("secadmin1", "安全管理员", "system-admin"),
)


EXPERT_UNITS = ("示例设计院", "示例大学", "示例检测中心", "示例评价机构", "示例研究所", "示例协会", "示例咨询中心")
# Identity numbers of the scenarios: public institutions, and a number made up to have a right check digit.
KNOWN = ("11120000MB1571593F", "11120000MB1908811Q", "12011619900307123X")
DISHONEST = ("9133021272513935X8",)


def load_demo_office(database_url: str, password: str, departments: Iterable[str] = ()) -> int:
    """Put the demo accounts in place; return how many there are. Safe to run again.

    All of them share one password and so one hash: a demo is not a secret. departments: the other departments of the
    catalogue, in which the same people hold the same posts, so that every item can be tried.
    """
    office = Office.connect(database_url, pool_size=1)
    shared = hash_password(password)
    try:
        with office.work() as connection:
            for person_id, name, post in ACCOUNTS:
                kind = post if post in PARTIES else "staff"
                put_person(
                    connection,
                    person_id,
                    name,
                    kind,
                    password_hash=shared,
                    posts=()
                    if kind in PARTIES
                    else [(place, post) for place in dict.fromkeys([DEPARTMENT, *departments])],
                )
            _library_and_registers(connection)
            connection.exec_driver_sql(
                "update people set password_hash = %(hash)s where id = any(%(ids)s)",
                {"hash": shared, "ids": [account[0] for account in ACCOUNTS]},
            )
    finally:
        office.close()
    return len(ACCOUNTS)


def _library_and_registers(connection: Connection) -> None:
    """Experts of seven units, and copies of registers that know the scenarios' numbers."""
    experts = [account for account, _, post in ACCOUNTS if post == "expert"]
    for person, unit in zip(experts, EXPERT_UNITS, strict=True):
        surroundings.put_expert(connection, person, unit, ())
    known = [{"id_no": number} for number in KNOWN]
    entries = {
        "business": known,
        "identity": known,
        "premises": known,
        "dishonesty": [{"id_no": number} for number in DISHONEST],
        "restricted-business": [],
    }
    for register, rows in entries.items():
        surroundings.put_register(connection, register, "演示数据", office_time(), rows)


def load_demo_lists(database_url: str, lists: Mapping[str, Mapping[str, str]], now: datetime) -> int:
    """Put items (code → name) on lists that are still empty; return how many. Safe to run again."""
    office = Office.connect(database_url, pool_size=1)
    author = Author("catalog1", "事项管理员甲", now, "演示数据：按办理属性列入")
    put = 0
    try:
        for list_id, named in lists.items():
            _list, entries, _more = list_of(office, list_id, after=0, limit=1, on=None)
            if named and not entries:
                put += len(add_entries(office, list_id, named, date(now.year, 1, 1), author, None)["entries"])
    finally:
        office.close()
    return put
