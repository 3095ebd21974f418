"""The public list of the room is what can be imported from it."""

import types

import survey_forms


def test_the_public_list_is_what_is_importable() -> None:
    public = {
        name
        for name, value in vars(survey_forms).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted(survey_forms.__all__) == sorted(public)


def test_every_public_function_and_class_says_what_it_is_for() -> None:
    silent = [
        name
        for name in survey_forms.__all__
        if callable(getattr(survey_forms, name))
        and not isinstance(getattr(survey_forms, name), type(survey_forms.Stage))
        and not getattr(survey_forms, name).__doc__
    ]
    assert silent == []
