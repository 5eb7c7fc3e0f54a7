#!/usr/bin/env python3
"""pytap.py FILE: runs the unittest cases of one file and prints TAP, a line a test and sub-test. tests/run starts it."""

import importlib.util
import pathlib
import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    """Prints each outcome as it comes; the text of a failure follows as comment lines."""

    count = 0
    failed = 0

    def line(self, ok, name, note="", text=""):
        TapResult.count += 1
        TapResult.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {TapResult.count} - {name}{note}")
        for t in text.rstrip("\n").split("\n") if text else ():
            print("# " + t)
        sys.stdout.flush()

    @staticmethod
    def name(test):
        return test.id().removeprefix("__tap__.").replace("#", "")

    def fails(self, test, err):
        self.line(False, self.name(test), text="".join(traceback.format_exception(*err)))

    def addSuccess(self, test):
        self.line(True, self.name(test))

    def addFailure(self, test, err):
        self.fails(test, err)

    def addError(self, test, err):
        self.fails(test, err)

    def addSubTest(self, test, subtest, err):
        self.line(True, self.name(subtest)) if err is None else self.fails(subtest, err)

    def addSkip(self, test, reason):
        self.line(True, self.name(test), f" # SKIP {reason}")

    def addExpectedFailure(self, test, err):
        self.line(True, self.name(test))

    def addUnexpectedSuccess(self, test):
        self.line(False, self.name(test), text="expected to fail, but passed")


def main():
    path = pathlib.Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("__tap__", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["__tap__"] = module
    spec.loader.exec_module(module)
    unittest.defaultTestLoader.loadTestsFromModule(module).run(TapResult())
    print(f"1..{TapResult.count}")
    return 1 if TapResult.failed else 0


if __name__ == "__main__":
    sys.exit(main())
