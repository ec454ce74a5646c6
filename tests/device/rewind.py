"""Makes a finished run one that was killed; for tests/device/measure.py and the tests of resume."""
import json
import shutil


def rewind(output, step):
    """Leaves a finished run as one that was killed after its checkpoint of `step`."""
    for folder in output.glob("checkpoint-*"):
        if int(folder.name.split("-")[1]) > step:
            shutil.rmtree(folder)
    for path in output.glob("*.safetensors"):
        path.unlink()
    unfinish(output)


def unfinish(output):
    record = json.loads((output / "run.json").read_text())
    del record["finished"]
    (output / "run.json").write_text(json.dumps(record))
