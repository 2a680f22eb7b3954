"""A number in a pid file is believed only when that process is really ours."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shell(script: str, var: Path) -> subprocess.CompletedProcess[str]:
    """Run a few lines with the deploy rooms loaded and `var` as their private folder."""
    return subprocess.run(
        ["bash", "-c", f'. "{ROOT}/deploy/lib/provide.sh"\n{script}'],
        env={"REPRISE_VAR": str(var), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def var(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A living process that is not ours: same number, other program."""
    process = subprocess.Popen(["sleep", "60"], cwd="/")
    yield process
    process.kill()
    process.wait()


def test_a_pid_that_another_program_got_is_not_our_server(var: Path, stranger: subprocess.Popen[bytes]) -> None:
    (var / "run" / "web.pid").write_text(f"{stranger.pid}\n")
    assert shell("process_runs web", var).returncode != 0
    assert shell("stop_process web", var).returncode == 0
    assert stranger.poll() is None, "the stranger was stopped"
    assert not (var / "run" / "web.pid").exists()


def test_our_own_process_is_found_and_stopped(var: Path) -> None:
    ours = subprocess.Popen(["bash", "-c", "exec -a run_worker sleep 60"], cwd=ROOT)
    try:
        (var / "run" / "worker.pid").write_text(f"{ours.pid}\n")
        until = time.monotonic() + 5
        while (found := shell("process_runs worker", var).returncode) != 0 and time.monotonic() < until:
            time.sleep(0.05)
        assert found == 0
        assert shell("stop_process worker", var).returncode == 0
        assert ours.wait(timeout=5) != 0
    finally:
        ours.kill()
        ours.wait()


@pytest.mark.parametrize("content", ["999999999", "{stranger}"])
def test_a_pid_file_of_a_killed_database_is_removed(var: Path, stranger: subprocess.Popen[bytes], content: str) -> None:
    data = var / "db" / "data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text(content.format(stranger=stranger.pid) + "\n")
    assert shell(f'DATA="{data}"; remove_stale_pid_file', var).returncode == 0
    assert not (data / "postmaster.pid").exists()


def test_a_pid_file_of_a_living_database_stays(var: Path) -> None:
    data = var / "db" / "data"
    data.mkdir(parents=True)
    living = subprocess.Popen(["sleep", "60"], cwd=data)
    try:
        (data / "postmaster.pid").write_text(f"{living.pid}\n")
        assert shell(f'DATA="{data}"; remove_stale_pid_file', var).returncode == 0
        assert (data / "postmaster.pid").exists()
    finally:
        living.kill()
        living.wait()


@pytest.mark.parametrize(
    ("path", "fits"), [("/srv/r/var/db/run", True), ("/" + "x" * 93, False), ("/a,b", False), ("/a b", False)]
)
def test_a_socket_goes_only_where_its_path_fits(var: Path, path: str, fits: bool) -> None:
    assert (shell(f'fit_for_sockets "{path}"', var).returncode == 0) is fits


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_port_taken_on_either_loopback_address_is_seen(var: Path, family: socket.AddressFamily, host: str) -> None:
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        assert shell(f"find_python; port_free {port}", var).returncode == 1
    assert shell(f"find_python; port_free {port}", var).returncode == 0
