"""Muon: PyTorch's steps, in the precision of the parameters."""

import copy

import pytest
import torch

from utils.muon import Muon

SHAPES = [(6, 6), (12, 5), (5, 12)]


def trained(optimizer, dtype=torch.float32, steps=4):
    """Matrices after steps down to a target, with a gradient that changes on the way."""
    generator = torch.Generator().manual_seed(0)
    starts = [torch.randn(shape, generator=generator).to(dtype) for shape in SHAPES]
    targets = [torch.randn(shape, generator=generator).to(dtype) for shape in SHAPES]
    matrices = [torch.nn.Parameter(start) for start in starts]
    steps_of = optimizer(matrices)
    for _ in range(steps):
        steps_of.zero_grad()
        sum((m - t).pow(2).sum() for m, t in zip(matrices, targets, strict=True)).backward()
        steps_of.step()
    return [m.detach() for m in matrices]


def test_its_steps_are_those_of_pytorch_but_for_the_rounding_to_bfloat16():
    ours = trained(lambda p: Muon(p, lr=0.1, weight_decay=0.2, momentum=0.9))
    theirs = trained(lambda p: torch.optim.Muon(p, lr=0.1, weight_decay=0.2, momentum=0.9))
    start = trained(lambda p: Muon(p, lr=0.0), steps=1)
    for mine, other, first in zip(ours, theirs, start, strict=True):
        assert (mine - first).norm() > 0.5
        assert (mine - other).norm() < 0.02 * (mine - first).norm()


def test_it_computes_in_the_precision_of_the_parameters():
    single = trained(lambda p: Muon(p, lr=0.1))
    double = trained(lambda p: Muon(p, lr=0.1), torch.float64)
    for coarse, fine in zip(single, double, strict=True):
        assert coarse.dtype == torch.float32
        torch.testing.assert_close(coarse.double(), fine, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_has_singular_values_near_one_and_the_gradient_s_directions(shape):
    matrix = torch.nn.Parameter(torch.zeros(shape))
    U, _, Vh = torch.linalg.svd(
        torch.randn(shape, generator=torch.Generator().manual_seed(1)), full_matrices=False
    )
    n = min(shape)
    matrix.grad = U @ torch.diag(torch.logspace(0, -1.5, n)) @ Vh
    Muon([matrix], lr=1.0, weight_decay=0.0).step()
    in_its_directions = -(U.T @ matrix.detach() @ Vh.T) / max(1.0, shape[0] / shape[1]) ** 0.5
    values = in_its_directions.diagonal()
    assert values.min() > 0.6
    assert values.max() < 1.3
    torch.testing.assert_close(in_its_directions, torch.diag(values), rtol=0, atol=1e-4)


def test_what_has_no_gradient_stays_and_the_closure_s_loss_is_returned():
    moved, left = (torch.nn.Parameter(torch.ones(2, 3)) for _ in range(2))
    optimizer = Muon([moved, left], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = moved.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure) == 6
    assert not torch.equal(moved, torch.ones(2, 3))
    assert torch.equal(left, torch.ones(2, 3))


def test_it_goes_on_from_what_it_saved():
    optimizers = [Muon([torch.nn.Parameter(torch.eye(3))], lr=0.1) for _ in range(2)]
    first, second = optimizers
    for optimizer in optimizers:
        (parameter,) = optimizer.param_groups[0]["params"]
        parameter.grad = torch.arange(9.0).view(3, 3)
    first.step()
    first.step()
    (moved,), (other,) = (o.param_groups[0]["params"] for o in optimizers)
    other.data.copy_(moved)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    first.step()
    second.step()
    assert torch.equal(moved, other)


def test_only_matrices_are_taken():
    with pytest.raises(ValueError, match=r"Muon is for matrices, not for shape \(3,\)"):
        Muon([torch.nn.Parameter(torch.ones(3))], lr=0.1)
