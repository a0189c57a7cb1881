"""What docs/hub says in several places fits together; tests/test_jupyterhub.py starts a hub with its files."""

import json
import re

import yaml
from conftest import ROOT
from traitlets.config.loader import PyFileConfigLoader

HUB = ROOT / "docs" / "hub"
SERVER = yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))["singleuser"]
PLACES = {mount["name"]: mount for mount in SERVER["storage"]["extraVolumeMounts"].values()}


def test_the_exchange_and_the_data_are_where_the_settings_look_for_them():
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HUB)).load_config()
    assert PLACES["exchange"]["mountPath"] == config.Exchange.root
    assert PLACES["labs-data"]["mountPath"] == SERVER["extraEnv"]["LABS_DATA"]
    assert PLACES["labs-data"]["readOnly"]
    volumes = {volume["name"]: volume for volume in SERVER["storage"]["extraVolumes"].values()}
    assert volumes.keys() == PLACES.keys()
    assert volumes["labs-data"]["persistentVolumeClaim"]["readOnly"]


def test_the_command_on_the_page_fills_every_file_of_settings_that_the_values_name():
    page = (HUB / "README.md").read_text(encoding="utf-8")
    filled = dict(re.findall(r"--set-file singleuser\.extraFiles\.(\w+)\.stringData=(\S+)", page))
    named = {name: entry["mountPath"] for name, entry in SERVER["extraFiles"].items()}
    assert filled.keys() == named.keys()
    for name, file in filled.items():
        assert named[name] == f"/etc/jupyter/{(ROOT / file).name}"
        assert PyFileConfigLoader((ROOT / file).name, path=str(HUB)).load_config()


def test_the_hub_of_the_values_is_the_one_that_the_image_is_made_for():
    page = (HUB / "README.md").read_text(encoding="utf-8")
    chart = re.search(r"--version (\d+\.\d+)", page)[1]
    text = (HUB / "Dockerfile").read_text(encoding="utf-8")
    for told in (page, (HUB / "values.yaml").read_text(encoding="utf-8"), text):
        assert re.search(rf"(chart|Zero to JupyterHub) {re.escape(chart)}\b", told)
    # nbgrader asks the hub for a student's name only where the machine calls everybody so.
    assert "useradd --create-home --uid 1000 --gid 100 --shell /bin/bash jovyan" in text


def test_the_table_of_sizes_has_each_lab_and_what_its_run_at_full_length_took():
    page = (HUB / "README.md").read_text(encoding="utf-8")
    table = page.partition("| lab |")[2].partition("\n\n")[0]
    rows = [re.split(r" *\| *", row)[1:-1] for row in re.findall(r"^\| \d.*", table, re.MULTILINE)]
    measured = json.loads((ROOT / "docs" / "measured.json").read_text(encoding="utf-8"))
    minutes = {name[:2]: run["seconds"] / 60 for name, run in measured.items()}
    assert [row[0] for row in rows] == sorted(minutes)
    for lab, *figures in rows:
        assert all(figures), lab
        digits = 1 if minutes[lab] < 9.95 else 0
        assert figures[-1] == f"{minutes[lab]:.{digits}f}", lab
