"""Pushes an image step by step: preflight, repository, upload, check of what arrived."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NoReturn

from launch.aws.cloud import Cloud
from launch.console import note
from launch.errors import LaunchError, PushFailed, Refused, ServiceError
from launch.registry import manifests, permissions, preflight, repository
from launch.registry.distribution import ImageManifest, Login, Tags
from launch.registry.docker import Docker
from launch.registry.image import LocalImage, Purpose
from launch.registry.preflight import GB
from launch.registry.repository import Repository

LAYER = re.compile(r"^(?P<layer>[0-9a-f]{12}): (?P<state>.+)$")
DONE = ("Pushed", "Layer already exists", "Mounted from")


def step(name: str, text: str) -> None:
    """Says what has been done, or is about to be."""
    note(f"{name:<11} {text}")


def check_image(docker: Docker, image: LocalImage, purpose: Purpose) -> list[str]:
    """Says what the image is; returns what is wrong with it."""
    for text in preflight.notes(image, purpose):
        step("note", text)
    with docker.container(image.id) as container:
        image = replace(image, size=docker.size(container))
        form = f"{image.system}/{image.architecture}"
        step("image", f"{image.name} ({image.content_tag}, {form}, {image.size / GB:.2f} GB unpacked)")
        return list(preflight.problems(image, purpose, partial(docker.file, container)))


def refuse(image: LocalImage, problems: list[str]) -> NoReturn:
    """Ends with all problems, a line each."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise Refused("\n".join([f"{image.name} is not pushed, {count}; nothing was created:", *problems]))


class Push:
    """An image on its way to ``name``, a repository in ECR, under the tag of ``purpose`` and the tag of its content."""

    def __init__(self, docker: Docker, cloud: Cloud, image: LocalImage, purpose: Purpose, name: str) -> None:
        self._docker, self._cloud, self._image, self._name = docker, cloud, image, name
        self._tag = purpose.tag
        self._purpose = purpose
        self._left: list[str] = []

    def run(self) -> tuple[Repository, ImageManifest]:
        """Pushes; returns repository and manifest. Raises ``Refused`` with all problems before anything is made."""
        problems = check_image(self._docker, self._image, self._purpose)
        found = self._check_account(problems)
        if problems:
            refuse(self._image, problems)
        step("preflight", "nothing is wrong with its architecture, programs, form, labels and size")
        try:
            place = self._prepare(found)
            return place, self._bring(place)
        except LaunchError as error:
            if not self._left:
                raise
            raise PushFailed(
                f"{error}\nleft in {self._name}: {', '.join(self._left)}; the next push goes on"
            ) from error

    def _check_account(self, problems: list[str]) -> Repository | None:
        """The repository, where there is one; what the account lacks is put to the problems."""
        try:
            found, lacking = self._look()
        except (ServiceError, PushFailed) as error:
            if not problems:
                raise
            found, lacking = None, [str(error)]
        problems += lacking
        return found

    def _look(self) -> tuple[Repository | None, list[str]]:
        held = permissions.held(self._cloud, self._name)
        if held.note:
            step("note", held.note)
        found = None
        if "ecr:DescribeRepositories" not in held.missing:
            found = repository.find(self._cloud, self._name)
        if lacking := [action for action in held.missing if not (found and action in permissions.OF_A_NEW_REPOSITORY)]:
            who = self._cloud.account.arn
            return None, [f"{who} has no right to {action} (launch/policies/push.json grants it)" for action in lacking]
        if held.allowed:
            step("rights", f"{len(held.allowed)} actions are allowed to {self._cloud.account.arn}")
        self._login = Login.of(self._cloud)
        self._tags = Tags(self._login, self._name)
        return found, list(self._taken(found)) if found else []

    def _taken(self, found: Repository) -> Iterator[str]:
        there = self._tags.get(self._tag)
        if there is not None and there != self._arrived():
            yield (
                f"the tag {self._tag} of {found.uri} is another image ({there.digest[:19]}…), and a tag keeps its "
                "meaning, since jobs and models are known by it: raise the version, or choose a tag with --tag"
            )

    def _arrived(self) -> ImageManifest | None:
        """The image as SageMaker takes it, where an earlier push has brought it."""
        pushed = self._tags.get(self._image.content_tag)
        return manifests.plain(pushed, self._tags, self._image.architecture) if pushed else None

    def _prepare(self, found: Repository | None) -> Repository:
        place = found or repository.create(self._cloud, self._name)
        if found is None:
            self._left.append("the new repository, empty")
            step("repository", f"{place.uri} is new: scans what is pushed, tags keep their meaning")
        else:
            step("repository", place.uri)
        if place.ours:
            self._tidy(new=found is None)
        if not place.scans:
            step("note", "the repository does not scan on push: aws ecr put-image-scanning-configuration turns it on")
        return place

    def _tidy(self, new: bool) -> None:
        try:
            done = repository.tidy(self._cloud, self._name)
        except ServiceError as error:
            if new:
                raise
            step("note", f"its lifecycle rules stay as they are: {error}")
            return
        if done:
            kept, days = repository.KEPT_IMAGES, repository.UNTAGGED_DAYS
            step("lifecycle", f"the newest {kept} images stay, untagged ones go after {days} days")

    def _bring(self, place: Repository) -> ImageManifest:
        manifest = self._arrived()
        if manifest is None:
            self._upload(place)
            manifest = self._checked()
        if self._tags.get(self._tag) == manifest:
            step("push", f"{self._tag} and {self._image.content_tag} are there already: nothing to do")
            return manifest
        self._tags.put(self._tag, manifest)
        there = self._tags.get(self._tag)
        if there != manifest:
            found = f"{there.digest}, {there.media_type}" if there else "nothing"
            raise PushFailed(f"{self._tag} was set to {manifest.digest}, and the registry has {found}: push again")
        size = manifests.compressed_size(manifest) / GB
        step("check", f"{manifest.media_type}, layers of {size:.2f} GB in all, {manifest.digest}")
        return manifest

    def _upload(self, place: Repository) -> None:
        self._docker.login(place.host, self._login.user, self._login.password)
        step("login", f"{place.host}, for this push alone")
        address = f"{place.uri}:{self._image.content_tag}"
        self._docker.tag(self._image.id, address)
        try:
            _follow(self._docker.push(address), self._image.layers)
        finally:
            if self._image.names:  # without another name it would be gone
                self._docker.untag(address)
        self._left[:] = [f"the tag {self._image.content_tag}"]

    def _checked(self) -> ImageManifest:
        """The manifest of what arrived, as the Docker manifest that SageMaker accepts."""
        tag = self._image.content_tag
        pushed = self._tags.get(tag)
        if pushed is None:
            raise PushFailed(f"Docker says that it pushed {tag}, and the registry does not know it: push again")
        manifest = manifests.plain(pushed, self._tags, self._image.architecture)
        if manifest != pushed:
            step("check", f"Docker pushed {pushed.media_type}, which hosting refuses: made a Docker manifest of it")
            try:
                self._tags.put(tag, manifest)
            except PushFailed:  # tags that never change, in a repository of the user's own
                step("note", f"the tag {tag} stays what Docker pushed and is not for SageMaker; use {self._tag}")
        return manifest


def _follow(lines: Iterator[str], layers: int) -> None:
    """One line for every layer that has arrived; an attestation comes on top."""
    done: set[str] = set()
    for line in lines:
        found = LAYER.match(line)
        if found and found["state"].startswith(DONE) and found["layer"] not in done:
            done.add(found["layer"])
            state = f"{found['layer']} {found['state'][0].lower()}{found['state'][1:]}"
            step("push", f"{len(done)} of {max(layers, len(done))} layers: {state}")
