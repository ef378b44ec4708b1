"""What the network of mlp sees of a table: numbers, gaps, categories; and the batches that it learns from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from containers.tensorflow.mlp import batches, objective, training
from containers.tensorflow.mlp.batches import TableBatches
from containers.tensorflow.mlp.columns import learn
from containers.tensorflow.mlp.network import answering
from containers.tensorflow.mlp.plan import NetworkPlan
from contract.builtins.problem import Problem
from contract.context import Context
from contract.errors import ChannelError
from contract.tables.data import Table
from tests.families.mlp_jobs import CODE, COLOUR, mixed, params, table

HOSTS = ("algo-10", "algo-2")


def of_both_hosts(work: Callable[[Context], Any], sharded: bool = True) -> list[Any]:
    """What each of two hosts makes of ``work``; they agree through shared memory."""
    told: dict[str, list[Any]] = {host: [] for host in HOSTS}
    met = Barrier(len(HOSTS), timeout=20)

    def run(host: str) -> Any:
        def agree(value: Any) -> list[Any]:
            told[host].append(value)
            met.wait()
            return [told[other][len(told[host]) - 1] for other in HOSTS]

        return work(Context(hosts=HOSTS, host=host, sharded=sharded, agree=agree))

    with ThreadPoolExecutor(len(HOSTS)) as pool:
        return list(pool.map(run, HOSTS))


def halves(data: Table, context: Context) -> Table:
    """The records of a host that was given other files: the first 60 or the rest."""
    return data.take(np.arange(60) if context.leads else np.arange(60, len(data)))


# Keras 3.15 with numpy 2.
class TestNumbers:
    """ColumnEncoding without ``categorical_index.json``."""

    def test_mean_and_deviation_are_those_of_the_train_channel(self) -> None:
        data = table()
        columns, tables = learn(data, params(), Context())
        np.testing.assert_allclose(columns.mean, data.dense.mean(axis=0), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(columns.deviation, data.dense.std(axis=0), rtol=1e-5)
        assert tables == {}

    def test_a_missing_number_becomes_the_mean_and_is_told_in_a_column_of_its_own(self) -> None:
        data = table(rows=50)
        data.dense[3:9, 1] = np.nan
        columns, _ = learn(data, params(), Context())
        numbers, codes = columns.prepared(data.dense)
        assert (columns.gaps, numbers.shape, codes.shape) == ((1,), (50, 5), (50, 0))
        np.testing.assert_allclose(numbers[3:9, 1], np.nanmean(data.dense[:, 1]), rtol=1e-6)
        np.testing.assert_array_equal(numbers[:, 4], np.isnan(data.dense[:, 1]))
        np.testing.assert_array_equal(numbers[:, 0], data.dense[:, 0])

    def test_a_number_that_is_missing_in_a_request_only_becomes_the_mean(self) -> None:
        columns, _ = learn(table(), params(), Context())
        numbers, _ = columns.prepared(np.full((1, 4), np.nan, np.float32))
        np.testing.assert_array_equal(numbers[0], np.array(columns.mean, np.float32))

    def test_a_column_that_is_the_same_everywhere_is_no_input(self) -> None:
        data = table(rows=30)
        data.dense[:, 2], data.dense[:, 3] = 1e9 + 64, np.nan
        columns, _ = learn(data, params(), Context())
        assert (columns.numbers, columns.gaps) == ((0, 1), ())
        data.dense[:] = 5
        columns, _ = learn(data, params(), Context())
        assert (columns.numbers, columns.mean, columns.deviation) == ((0,), (5.0,), (1.0,))

    def test_columns_of_tiny_and_of_huge_numbers_weigh_as_much_as_others(self) -> None:
        data = table()
        columns, _ = learn(data, params(), Context())
        scale = np.array([1e-30, 1e30, 1, 1e-9], np.float32)
        scaled, _ = learn(replace(data, features=data.dense * scale), params(), Context())
        networks = [answering(replace(plan_of(data), columns=each)) for each in (columns, scaled)]
        networks[1].set_weights(networks[0].get_weights())
        cells = data.dense[:20]
        first, second = (
            network({"numbers": each}).numpy() for network, each in zip(networks, (cells, cells * scale), strict=True)
        )
        np.testing.assert_allclose(second, first, rtol=1e-3, atol=1e-4)
        assert np.ptp(first) > 0.1

    def test_without_normalisation_no_deviation_is_kept(self) -> None:
        columns, _ = learn(table(), params(normalize_data="false"), Context())
        assert columns.deviation == ()
        assert len(columns.mean) == 4


class TestCategories:
    """ColumnEncoding of categories."""

    def test_few_become_ones_and_zeros_and_many_are_embedded(self) -> None:
        columns, tables = learn(mixed(), params(one_hot_max_size="4"), Context())
        colour, code = columns.categories
        assert (colour.column, colour.size, colour.width, colour.learned) == (COLOUR, 5, 4, False)
        np.testing.assert_array_equal(tables[COLOUR], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0] * 4, [0, 0, 0, 1]])
        assert (code.column, code.size, code.width, code.learned) == (CODE, 42, 13, True)
        assert np.abs(tables[CODE][:40]).max() < 0.05
        assert len(np.unique(tables[CODE][:40], axis=0)) == 40

    def test_what_training_has_not_seen_is_zeros(self) -> None:
        data = mixed(rows=60)
        data.dense[data.dense[:, CODE] == 7, CODE] = 8
        _, tables = learn(data, params(), Context())
        assert not tables[CODE][[7, -2, -1]].any()
        assert not tables[COLOUR][3].any()

    def test_codes_are_kept_but_for_those_beyond_and_missing_ones(self) -> None:
        columns, _ = learn(mixed(), params(), Context())
        cells = np.zeros((4, 6), np.float32)
        cells[:, COLOUR] = [2, 3, np.nan, 0]
        cells[:, CODE] = [39, 1 << 24, np.nan, 40]
        _, codes = columns.prepared(cells)
        np.testing.assert_array_equal(codes, [[2, 39], [3, 40], [4, 41], [0, 40]])

    def test_first_embeddings_depend_on_the_seed(self) -> None:
        first = {seed: learn(mixed(), params(seed=seed), Context())[1][CODE] for seed in ("1", "2")}
        assert (first["1"][:40] != first["2"][:40]).all()


class TestShards:
    """Several hosts, each with other files."""

    def test_all_hosts_normalise_alike_and_as_one_host_would(self) -> None:
        data = table()
        data.dense[::9, 3] = np.nan
        found = of_both_hosts(lambda context: learn(halves(data, context), params(), context)[0])
        alone, _ = learn(data, params(), Context())
        assert found[0] == found[1]
        assert found[0].gaps == alone.gaps
        np.testing.assert_allclose(found[0].mean, alone.mean, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(found[0].deviation, alone.deviation, rtol=1e-5)

    def test_classes_are_balanced_over_all_hosts(self) -> None:
        data, problem = table("binary_classification"), Problem("binary_classification", 2)
        given = params(class_weights="balanced")
        found = of_both_hosts(lambda host: objective.class_weights(given, problem, halves(data, host), host))
        np.testing.assert_array_equal(found[0], found[1])
        np.testing.assert_allclose(found[0] * np.bincount(data.labels.astype(int)), 100)

    def test_D07_hosts_that_see_different_problems_are_told_so(self) -> None:
        def seen(context: Context) -> str:
            problem = Problem("regression") if context.leads else Problem("binary_classification", 2)
            with pytest.raises(ChannelError) as caught:
                training.train(params(), problem, table(), table(), context)
            return str(caught.value)

        assert all("problem_type" in message and "FullyReplicated" in message for message in of_both_hosts(seen))

    def test_hosts_with_different_numbers_of_columns_are_told_so(self) -> None:
        def seen(context: Context) -> str:
            data = table() if context.leads else replace(table(), features=np.zeros((5, 3), np.float32))
            with pytest.raises(ChannelError) as caught:
                learn(data, params(), context)
            return str(caught.value)

        assert of_both_hosts(seen) == ["channel 'train': files with 3 and with 4 feature columns"] * 2

    def test_categories_need_all_files_on_every_host(self) -> None:
        with pytest.raises(ChannelError, match="FullyReplicated"):
            learn(mixed(), params(), Context(hosts=HOSTS, host="algo-2", sharded=True))


def plan_of(data: Table, kind: Any = "regression", classes: int = 0) -> NetworkPlan:
    return NetworkPlan(Problem(kind, classes), learn(data, params(), Context())[0], (8,), "relu", False)


def numbered(rows: int) -> Table:
    """Records whose only feature and label is their number."""
    number = np.arange(rows, dtype=np.float32)
    return Table(number[:, None], number, number / np.float32(rows))


def order(made: TableBatches, epoch: int) -> list[float]:
    """The labels of the batches of an epoch."""
    return [label for _, labels, _ in made(epoch) for label in labels.numpy().tolist()]


class TestBatches:
    """What the training loop is given."""

    def test_each_epoch_holds_every_record_once_in_an_order_of_its_own(self) -> None:
        data = numbered(150)
        made = TableBatches(data, plan_of(data), 64, Context(), shuffled=True, seed=5)
        first, second, again = order(made, 0), order(made, 1), order(made, 0)
        assert first == again != second
        assert sorted(first) == sorted(second) == data.labels.tolist() != first
        other = TableBatches(data, plan_of(data), 64, Context(), shuffled=True, seed=6)
        assert order(other, 0) != first

    def test_labels_and_weights_stay_with_their_records_and_the_last_batch_is_smaller(self) -> None:
        data = numbered(150)
        found = list(TableBatches(data, plan_of(data), 64, Context(), shuffled=True)(0))
        assert [len(labels) for _, labels, _ in found] == [64, 64, 22]
        for inputs, labels, weights in found:
            np.testing.assert_array_equal(inputs["numbers"][:, 0], labels)
            np.testing.assert_allclose(weights, labels / 150)

    def test_records_to_judge_keep_their_order(self) -> None:
        data = numbered(150)
        assert order(TableBatches(data, plan_of(data), 64, Context()), 0) == data.labels.tolist()

    def test_hosts_part_the_records_of_a_channel_that_all_of_them_have(self) -> None:
        data = numbered(101)
        contexts = [Context(hosts=HOSTS, host=host) for host in HOSTS]
        parts = [order(TableBatches(data, plan_of(data), 16, context, shuffled=True), 3) for context in contexts]
        assert [len(part) for part in parts] == [51, 50]
        assert sorted(parts[0] + parts[1]) == data.labels.tolist()

    def test_a_channel_on_disk_is_read_in_runs_of_neighbours_that_are_mixed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batches, "NEIGHBOURS", 8)
        monkeypatch.setattr(batches, "PART", 32)
        data = mapped(numbered(203), tmp_path)
        made = TableBatches(data, plan_of(data), 10, Context(), shuffled=True)
        first, second = order(made, 0), order(made, 1)
        assert sorted(first) == sorted(second) == data.labels.tolist()
        assert first != second
        assert len({int(label) // 8 for label in first[:32]}) == 4, "four runs are read at once"
        assert np.abs(np.diff(first[:32])).max() > 8, "and mixed"

    def test_class_weights_multiply_the_weights_of_the_records(self) -> None:
        data = replace(table("binary_classification", rows=40), weight=np.full(40, 3, np.float32))
        plan = plan_of(data, "binary_classification", 2)
        balance = np.array([1, 5], np.float32)
        for _, labels, weights in TableBatches(data, plan, 16, Context(), class_weights=balance)(0):
            np.testing.assert_array_equal(weights, np.where(labels == 1, 15, 3))

    def test_categories_come_as_inputs_of_their_own(self) -> None:
        data = mixed(rows=20)
        ((inputs, _, _),) = TableBatches(data, plan_of(data), 64, Context())(0)
        assert set(inputs) == {"numbers", f"category_{COLOUR}", f"category_{CODE}"}
        np.testing.assert_array_equal(inputs[f"category_{CODE}"], data.dense[:, CODE])


def mapped(data: Table, folder: Path) -> Table:
    """The table with its features on disk."""
    file: NDArray[np.float32] = np.memmap(folder / "features", np.float32, "w+", shape=data.dense.shape)
    file[:] = data.dense
    return replace(data, features=file)


@pytest.mark.parametrize(
    ("given", "expected"), [("auto", [0.625, 2.5]), ("balanced", [0.625, 2.5]), ("1,7", [1.0, 7.0]), ("none", None)]
)
def test_class_weights_are_listed_or_make_all_classes_weigh_the_same(given: str, expected: list[float] | None) -> None:
    data = Table(np.zeros((10, 1), np.float32), np.array([0] * 8 + [1] * 2, np.float32))
    found = objective.class_weights(params(class_weights=given), Problem("binary_classification", 2), data, Context())
    assert (found is None) if expected is None else (found is not None and found.tolist() == expected)


def test_a_class_without_weight_gets_no_infinite_one() -> None:
    data = Table(np.zeros((4, 1), np.float32), np.array([0, 0, 1, 1], np.float32), np.array([1, 1, 0, 0], np.float32))
    found = objective.class_weights(params(class_weights="auto"), Problem("binary_classification", 2), data, Context())
    assert found is not None
    assert found.tolist() == [0.5, 0.0]
