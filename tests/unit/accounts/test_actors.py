import pytest

from app.accounts.actors import Actor, Grant


def an_actor(*grants: tuple[str, str]) -> Actor:
    return Actor("a person", "staff", tuple(Grant(role, path) for role, path in grants))


@pytest.mark.parametrize(
    ("held", "wanted", "may"),
    [
        (("administrator", "/"), ("viewer", "/24/07267/"), True),
        (("operator", "/24/"), ("operator", "/24/"), True),
        (("operator", "/24/"), ("analyst", "/24/07267/"), True),
        (("operator", "/24/"), ("administrator", "/24/"), False),
        (("operator", "/24/"), ("operator", "/"), False),
        (("operator", "/24/"), ("operator", "/240/"), False),
        (("operator", "/24"), ("operator", "/240"), False),
        (("viewer", "/24/07267/"), ("viewer", "/24/"), False),
    ],
)
def test_a_role_holds_for_its_unit_and_everything_below(
    held: tuple[str, str], wanted: tuple[str, str], may: bool
) -> None:
    assert an_actor(held).may(*wanted) is may


def test_two_grants_are_never_mixed_into_a_stronger_one() -> None:
    actor = an_actor(("administrator", "/01/"), ("viewer", "/"))
    assert not actor.may("administrator", "/24/")
    assert actor.paths("administrator") == ("/01/",)


def test_nobody_may_anything_without_a_grant() -> None:
    assert not an_actor().may_somewhere("viewer")
