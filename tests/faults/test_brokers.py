"""Redis is flushed, killed, full; RabbitMQ cuts everybody off, loses its queues, its whole virtual host."""

import time

import pytest
import redis as client

from tests.effort import effort, proof

pytestmark = pytest.mark.slow

GONE = effort(1.0, 3.0)


def test_redis_is_flushed(house, redis):
    house.on("redis", redis.url)
    with house.trial("broker_flushed") as trial, client.Redis.from_url(redis.url) as connection:
        connection.flushall()
        trial.back()


def test_redis_is_killed(house, redis):
    house.on("redis", redis.url)
    with house.trial("broker_killed") as trial:
        redis.kill()
        time.sleep(GONE)
        redis.start()
        trial.back()


@proof
def test_redis_has_no_memory_left(house, redis):
    house.on("redis", redis.url)
    with house.trial("broker_full") as trial, client.Redis.from_url(redis.url) as connection:
        connection.config_set("maxmemory-policy", "noeviction")
        connection.config_set("maxmemory", 1)
        time.sleep(GONE)
        connection.config_set("maxmemory", 0)
        trial.back()


@proof
def test_rabbitmq_closes_every_connection(house, rabbitmq):
    house.on("rabbitmq", rabbitmq.url)
    with house.trial("broker_closed") as trial:
        rabbitmq.close_connections()
        trial.back()


def test_rabbitmq_loses_its_queues(house, rabbitmq):
    house.on("rabbitmq", rabbitmq.url)
    with house.trial("broker_flushed") as trial:
        assert rabbitmq.delete_queues() > 1
        trial.back()


@proof
def test_rabbitmq_comes_back_empty(house, rabbitmq):
    house.on("rabbitmq", rabbitmq.url)
    with house.trial("broker_killed") as trial:
        rabbitmq.take_away()
        time.sleep(GONE)
        rabbitmq.make()
        trial.back()
