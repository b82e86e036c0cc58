"""A rule's test: what it looks at, what it holds against what, what it says."""

from pathlib import Path

import pytest

from rules import trial, trial_file, trial_verdict
from telemetry.settings import ConfigError

RULES = """
version = 1
[sources.mine]
text = "a trial of one's own"
kind = "read"
[sets.water]
state = "sourced"
[sets.water.numbers]
low = { value = -15, unit = "cm", source = "mine" }
widest = { value = 100, unit = "cm", source = "mine" }
[sets.hot]
state = "sourced"
[sets.hot.numbers]
heat = { value = 35, unit = "°C", source = "mine" }
[rules.dry]
crops = ["rice"]
set = "water"
when = "last(water_level) <= low"
hold = { h = 1, source = "mine" }
severity = "warning"
action = "irrigate"
value = "last(water_level)"
title = { vi = "Ruộng cần nước", en = "Rice needs water" }
say = { vi = "{plot}: mực nước {value}.", en = "{plot}: water at {value}." }
do = { vi = "Tưới lại.", en = "Flood again." }
[rules.fine-dry]
crops = ["rice"]
set = "water"
needs = "full_scale(water_level) <= widest"
when = "last(water_level) <= low"
severity = "notice"
action = "irrigate"
off = "for tests alone"
title = { vi = "Cần nước", en = "Needs water" }
say = { vi = "{plot}: cần nước.", en = "{plot}: needs water." }
do = { vi = "Tưới.", en = "Flood." }
[rules.morning]
kind = "daily"
hours = "06:00-08:00"
crops = ["onion"]
set = "hot"
when = "last(air_temperature) >= heat"
severity = "notice"
action = "irrigate"
title = { vi = "Tưới sáng", en = "Morning water" }
say = { vi = "{plot}: tưới sáng.", en = "{plot}: water." }
do = { vi = "Tưới.", en = "Water." }
[rules.hot]
set = "hot"
when = "last(air_temperature) >= heat"
severity = "notice"
action = "protect"
title = { vi = "Nóng", en = "Heat" }
say = { vi = "{plot}: nóng.", en = "{plot}: hot." }
do = { vi = "Che nắng.", en = "Give shade." }
"""

HEAD = """
version = 1
rules = "own.toml"
[defaults]
start = "2027-01-20 00:00"
every = "1h"
plot = { crop = "rice" }
[[test]]
name = "a dry tube"
"""

DRY = HEAD + 'series.water_level = "-10x9 -16x9 0x4"\n'


@pytest.fixture
def written(tmp_path: Path):
    (tmp_path / "own.toml").write_text(RULES, encoding="utf-8")

    def write(text: str) -> Path:
        path = tmp_path / "own-test.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def judged(path: Path) -> list[str]:
    """Faults of the one test of a file."""
    suite = trial_file.load(path)
    (of,) = suite.trials
    return trial_verdict.faults(of, course(suite, of))


def course(suite: trial_file.Suite, of: trial.Trial) -> trial.Course:
    return trial.follow(of, [suite.rules[name] for name in of.rules])


def expect(rule: str, **given: str) -> str:
    lines = [f'rule = "{rule}"', *(f"{key} = {value}" for key, value in given.items())]
    return "[[test.expect]]\n" + "\n".join(lines) + "\n"


def test_an_episode_as_expected_is_no_fault(written):
    wanted = expect(
        "dry",
        on='"p1"',
        to='"+20h"',
        states='["firing", "resolved"]',
        says='"Mực nước −16 cm"',
        **{"from": '"+11h"'},
    )

    assert judged(written(DRY + wanted)) == []


def test_what_is_told_and_not_expected_is_a_fault_with_its_times_and_words(written):
    (fault,) = judged(written(DRY + 'quiet = ["dry"]\n'))

    assert fault.startswith("dry on p1: not expected, but told\n    got ")
    assert "from +11h (2027-01-20 11:00), to +20h (2027-01-20 20:00)" in fault
    assert "firing, resolved" in fault
    assert "Thửa 1: mực nước −16 cm. Tưới lại." in fault


def test_one_told_at_another_time_is_told_beside_what_was_expected(written):
    late = expect("dry", **{"from": '"+7h"', "within": '"2h"', "to": '"+20h"'})

    (fault,) = judged(written(DRY + late))

    assert "dry on p1:\n    expected from +7h ± 2h, got +11h\n" in fault


def test_an_end_a_state_and_words_that_differ_are_told_at_once(written):
    other = expect(
        "dry", states='["firing", "no_data"]', says='"mưa"', **{"from": '"+11h"'}
    )

    (fault,) = judged(written(DRY + other))

    assert "expected no end, got to +20h" in fault
    assert "expected firing, no_data; got firing, resolved" in fault
    assert "expected the words 'mưa'" in fault


def test_an_episode_that_did_not_come_tells_why_the_rule_rested(written):
    gap = HEAD + 'series.water_level = "-10x3 _x9"\n'

    (fault,) = judged(written(gap + expect("dry", **{"from": '"+5h"'})))

    assert "dry: expected from +5h (2027-01-20 05:00), never told" in fault
    assert "rested" in fault
    assert "of 13 looks: " in fault
    assert "last(water_level) <= low" in fault


def test_a_rule_of_another_crop_says_so(written):
    maize = DRY.replace('"rice"', '"maize"') + expect("dry", **{"from": '"+5h"'})

    (fault,) = judged(written(maize))

    assert "asked of nothing: is it of another crop?" in fault


def test_two_episodes_of_one_rule_are_told_apart(written):
    twice = HEAD + 'series.water_level = "-10x3 -16x3 0x9 -16x3 0"\n'
    first = expect("dry", **{"from": '"+5h"', "to": '"+8h"'})
    second = expect("dry", **{"from": '"+19h"', "to": '"+22h"'})

    assert judged(written(twice + first + second)) == []
    assert judged(written(twice + second + first)) == []
    assert len(judged(written(twice + first))) == 1
    assert len(judged(written(twice + first + second + second))) == 1


def test_a_rule_is_quiet_only_if_it_could_have_spoken(written):
    no_air = HEAD + 'series.water_level = "5x20"\nquiet = ["hot"]\n'

    (fault,) = judged(written(no_air))

    assert fault.startswith("hot: quiet only because it never could judge")
    assert "write it under rests" in fault
    assert judged(written(no_air.replace("quiet", "rests"))) == []


def test_a_rule_that_was_to_rest_and_judged_is_a_fault(written):
    (fault,) = judged(written(DRY.replace("-16x9", "-9x9") + 'rests = ["dry"]\n'))

    assert fault.startswith("dry: expected to rest, but it could judge")


def test_a_rule_that_ships_off_runs_where_it_is_named(written):
    scale = DRY + "sensors.water_level.full_scale = 100\n"
    dry = expect("dry", **{"from": '"+11h"', "to": '"+20h"'})
    fine = expect("fine-dry", **{"from": '"+10h"', "to": '"+20h"'})

    assert judged(written(scale + dry)) == []
    assert judged(written(scale + dry + fine)) == []
    assert len(judged(written(scale + 'quiet = "all"\n' + dry))) == 1
    assert len(judged(written(DRY + dry + fine))) == 1  # its full scale is unknown


def test_only_a_rule_that_judged_is_proven_quiet(written):
    suite = trial_file.load(
        written(HEAD + 'series.water_level = "5x20"\nquiet = "all"\n')
    )
    (of,) = suite.trials

    assert trial_verdict.proven_quiet(of, course(suite, of)) == {"dry"}


def test_a_rule_that_breaks_is_a_fault_of_the_test(written, mocker):
    mocker.patch("rules.engine.episode.step", side_effect=ZeroDivisionError)

    faults = judged(written(DRY + 'quiet = ["dry"]\n'))

    assert any("dry: broken" in fault for fault in faults)


def test_suspect_values_failed_ones_and_silence_are_as_on_a_gateway(written):
    odd = HEAD + 'series.water_level = "-10x3 !x3 ?-16x3 .x2 -16"\n'

    suite = trial_file.load(written(odd + 'quiet = ["dry"]\n'))
    (of,) = suite.trials
    (told,) = course(suite, of).told

    assert (told.from_ms, told.states) == (8 * 3_600_000, ["firing"])


def test_each_line_of_a_daily_rule_is_an_episode_whose_end_is_not_asked(written):
    onion = HEAD.replace("rice", "onion") + 'series.air_temperature = "36x60"\n'
    hot = expect("hot", **{"from": '"+0h"'})
    first = expect("morning", **{"from": '"+6h"', "states": '["firing"]'})
    second = expect("morning", **{"from": '"+1d06h"'})
    third = expect("morning", **{"from": '"+2d06h"'})

    assert judged(written(onion + hot + first + second + third)) == []
    assert len(judged(written(onion + hot + first + third))) == 1


def test_a_chosen_sensor_serves_the_plot(written):
    two = (
        HEAD
        + 'plot = { crop = "rice", sensors = { water_level = "b" } }\n'
        + 'series."a:water_level" = "-16x20"\nseries."b:water_level" = "5x20"\n'
    )

    assert judged(written(two + 'quiet = ["dry"]\n')) == []


def test_a_folder_of_a_site_is_laid_over_the_packs(written, tmp_path):
    (tmp_path / "rules.d").mkdir()
    (tmp_path / "rules.d" / "site.toml").write_text(
        'version = 1\n[sets.safe-awd.numbers.low]\nvalue = -12\nsource = "irri-awd"\n'
        '[sets.safe-awd]\nstate = "approved"\napproved_by = "agronomist, cooperative"\n'
        "approved_on = 2026-11-21\n",
        encoding="utf-8",
    )
    dry = (
        HEAD.replace("own.toml", "rules.d").replace(
            'crop = "rice"', 'crop = "rice", sown = "2026-12-01", duration_days = 105'
        )
        + 'series.water_level = "-11x3 -13x9"\n'
        + 'sensors.water_level = { full_scale = 100, zero_on = "2027-01-10" }\n'
    )

    assert judged(written(dry + expect("rice-water-low", **{"from": '"+5h"'}))) == []


# --- files at fault ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('quiet = ["dyr"]', "quiet: unknown rule 'dyr'; did you mean 'dry'?"),
        ('qiet = ["dry"]', "test[0]: unknown key 'qiet'; did you mean 'quiet'?"),
        ("", 'expects nothing; write [[test.expect]], or quiet = "all"'),
        ('quiet = ["dry"]\nrests = ["dry"]', "dry is named under quiet and rests"),
        ('series.water_levle = "1"', "unknown quantity 'water_levle'; did you mean"),
        ('series.water_level = "1y"', "series.water_level: '1y' cannot be read"),
        ('series.water_level = "900"', "900 cm is not possible (-500 to 500)"),
        ('sensors.water_levl.z = 1\nseries.water_level = "1"', "has no series"),
        ('sensors.water_level.zz = 1\nseries.water_level = "1"', "unknown key 'zz'"),
        ('until = "+5x"', "until: '+5x' is no time after start"),
        ('until = "+401d"', "more than 400 days"),
        (
            'series.trap_count = "1x999"\nsensors.trap_count.every = "1d"',
            "room for 401 polls",
        ),
        ('series.water_level = "1x30"\nuntil = "+1d"', "the series go on to +1d06h"),
        ('every = "5"', "every: '5' is none from 1m to 1d"),
        ('every = "0h"', "every: '0h' is none from 1m to 1d"),
        ('start = "20/1/2027"', "start: '20/1/2027' is no local time"),
        ('plot = { crop = "rise" }', "unknown crop 'rise'; did you mean 'rice'?"),
        ('plot = { crop = "rice", soil = "sandd" }', "unknown soil 'sandd'"),
        ('link = "1x3 0.5"', "link: write 1 where the province answers"),
        ('series.pest_density = "1"\nsensors.pest_density.role = "farmer"', "method"),
        ('series.water_level = "1"\nsensors.water_level.pest = "NILALU"', "belong to"),
        ('series.pest_density = "1"\nsensors.pest_density.pest = "x"', "no EPPO code"),
        ('series."a:water_level" = "1"\nseries."A B:water_level" = "1"', "write it as"),
        ('series.water_level = "1x9 1x1000000"', "too long"),
        (
            '[[test.expect]]\nrule = "dry"\nfrom = "soon"',
            "expect[0].from: 'soon' is no",
        ),
        ('[[test.expect]]\nrule = "dry"\nfrom = "+9d"', "is not within the test"),
        ('[[test.expect]]\nrule = "dry"', "'from' is missing"),
        ('[[test]]\nname = "a dry tube"\nquiet = "all"', "is the name of two tests"),
    ],
)
def test_a_file_at_fault_names_place_fact_and_remedy(written, lines, why):
    path = written(HEAD + lines + "\n")

    with pytest.raises(ConfigError) as raised:
        trial_file.load(path)

    assert all(fault.startswith(f"{path}: ") for fault in raised.value.faults)
    assert any(why in fault for fault in raised.value.faults), raised.value.faults


def test_looks_and_polls_have_one_bound(written, mocker):
    mocker.patch("rules.trial_ready.MOST_STEPS", 100)
    path = written(
        HEAD + 'quiet = "all"\nuntil = "+60h"\nseries.water_level = "5x50"\n'
    )

    with pytest.raises(ConfigError, match="more than 100 looks and polls"):
        trial_file.load(path)


def test_every_fault_of_a_file_is_told_at_once(written):
    path = written(HEAD + 'quiet = ["dyr"]\nrests = ["hott"]\nseries.x = "1"\n')

    with pytest.raises(ConfigError) as raised:
        trial_file.load(path)

    assert len(raised.value.faults) >= 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('rules = "gone.toml"', "gone.toml: cannot be read"),
        ('pack = "rise"', "pack: unknown pack 'rise'; did you mean 'rice'?"),
        ('rules = ["own.toml", "own.toml"]', "in another file; name one"),
        ('rules = "a\\u0000b"', "a path has no NUL in it"),
    ],
)
def test_rules_that_cannot_be_had_are_told(written, line, why):
    path = written(DRY.replace('rules = "own.toml"', line))

    with pytest.raises(ConfigError, match=why):
        trial_file.load(path)
