"""Running as a container: what it says where a file or a setting is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from content.build import ROOT
from rolelab.gateways.api_connect import main
from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.api_connect.product import read_product
from rolelab.gateways.core.definition_error import DefinitionError

APP = ROOT / "data" / "apps" / "api-connect"


def test_the_definitions_of_the_course_are_right() -> None:
    api = read_api(APP / "sentiment.yaml")
    product = read_product(APP / "reviews.yaml", {"sentiment.yaml": api})
    assert [*product.plans] == ["default", "trial", "gold"]


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "-1", "\uff18\uff10"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(DefinitionError, match="is no port number"):
        main.port_of({"PORT": port})


def test_a_wrong_definition_ends_the_container_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "app"
    shutil.copytree(APP, folder)
    file = folder / "sentiment.yaml"
    file.write_text(file.read_text().replace("      - invoke:", "      - invok:"))
    environment = {"GATEWAY_FILE": str(folder / "gateway.yaml"), "BACKEND_URL": "http://b"}
    with pytest.raises(SystemExit) as ended:
        main.main(environment)
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == {
        "type": "error",
        "message": "sentiment.yaml: x-ibm-configuration.assembly.execute[1]: there is no policy "
        "invok; did you mean invoke?",
    }


def test_a_missing_configuration_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main({"GATEWAY_FILE": "nowhere.yaml"})
    assert "nowhere.yaml" in json.loads(capsys.readouterr().out)["message"]
