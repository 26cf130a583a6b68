from kiro_worker.bootstrap.machine import this_machine


def test_the_state_folder_is_where_its_links_lead(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to("disk")
    machine = this_machine({"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")})
    assert machine.state == tmp_path.resolve() / "disk/kiro-worker"
